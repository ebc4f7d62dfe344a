import { sql, type SqlBool } from 'kysely';
import { busy } from '../../common/turns/keyed-queue.js';
import { Problem } from '../../common/problems/problem.js';
import type { Database, Executor } from '../../database/schema.js';
import { NOW, inMs } from '../../database/sql/clock.js';
import type { KeyRing } from '../../secrets/key-ring.js';

/** How long a claim belongs to one request, in milliseconds: longer than the calls of MinIO that follow. */
const HOLD_MS = 15_000;
const CLAIMING = sql<SqlBool>`coalesce(claim_until > clock_timestamp(), false)`;

/** The row whose key is claimed. */
export interface ClaimedRow {
  table: 'provision' | 'data_product';
  id: string;
  /** Explains `claimed` to people. */
  claimedDetail: string;
  /** The name of the key stays, sealed, after it was handed out: {@link withdraw} ends that key. */
  keepsName?: boolean;
}

/** What making a key asks: the name of an earlier key that nobody received, and a place for the name of the new one before it exists. */
export type KeyNaming = Pick<KeyClaim, 'open' | 'take'>;

/** What else is stored with a claim, in the same transaction. */
export interface ClaimRecords {
  /** The key has a name and does not exist yet. `abandoned`: the key of an earlier request; it was removed. */
  named?(accessKey: string, abandoned: string | null, trx: Executor): Promise<void>;
  /** The key was sent to the caller. */
  sent?(trx: Executor): Promise<void>;
}

/**
 * The claim of a key that is handed out once. Its row has the name of the key, sealed, from before the key exists until the key was sent: if the
 * process dies in between, the next request removes that key and creates another one. `claimed_at` is set last.
 */
export class KeyClaim {
  #accessKey: string | undefined;
  /** The sealed name in the row, as this request read or wrote it. */
  #sealed: string | null = null;

  constructor(
    private readonly db: Database,
    private readonly keys: KeyRing,
    private readonly row: ClaimedRow,
    private readonly records: ClaimRecords,
  ) {}

  /** The name of the key, once it has one. */
  get accessKey(): string | undefined {
    return this.#accessKey;
  }

  /** The key of an earlier request that nobody received, or null. Throws `claimed`, or `busy` while another request has the claim. */
  async open(): Promise<string | null> {
    const row = await this.db
      .selectFrom(this.table)
      .select(['claimed_at', 'sealed_claim_key', CLAIMING.as('claiming')])
      .where('id', '=', this.row.id)
      .executeTakeFirst();
    if (!row) throw new Problem('not_found', 'There is nothing to claim');
    if (row.claimed_at) throw new Problem('claimed', this.row.claimedDetail);
    if (row.claiming) throw busy();
    this.#sealed = row.sealed_claim_key;
    // sealed with a master key that is not configured any more: nobody received that key, and its name is lost
    return (this.#sealed && this.keys.open(this.#sealed)) ?? null;
  }

  /** Stores the name of the key before it exists. Throws `busy` if another request did so since {@link open}. */
  async take(abandoned: string | null, accessKey: string): Promise<void> {
    const sealed = this.keys.seal(accessKey);
    await this.db.transaction().execute(async (trx) => {
      const { numUpdatedRows: taken } = await trx
        .updateTable(this.table)
        .set({
          sealed_claim_key: sealed,
          claim_until: inMs(HOLD_MS),
        })
        .where('id', '=', this.row.id)
        .where('claimed_at', 'is', null)
        .where('sealed_claim_key', 'is not distinct from', this.#sealed)
        .executeTakeFirst();
      if (taken === 0n) throw busy();
      await this.records.named?.(accessKey, abandoned, trx);
    });
    this.#accessKey = accessKey;
    this.#sealed = sealed;
  }

  /** The key was sent to the caller: the claim is used up. */
  async confirm(): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const sent = { claimed_at: NOW, claim_until: null };
      const forgotten = this.row.keepsName ? {} : { sealed_claim_key: null };
      if (await this.change({ ...sent, ...forgotten }, trx)) await this.records.sent?.(trx);
    });
  }

  /** Nobody received a key: the claim can be repeated at once. The name stays, for the next request to remove the key. */
  async release(): Promise<void> {
    await this.change({ claim_until: null }, this.db);
  }

  private async change(values: object, db: Executor): Promise<boolean> {
    if (this.#accessKey === undefined) return false;
    const { numUpdatedRows: changed } = await db
      .updateTable(this.table)
      .set(values)
      .where('id', '=', this.row.id)
      .where('claimed_at', 'is', null)
      .where('sealed_claim_key', '=', this.#sealed)
      .executeTakeFirst();
    return changed > 0n;
  }

  /** Both tables have the columns of a claim. */
  private get table(): 'provision' {
    return this.row.table as 'provision';
  }
}

/**
 * Ends a claim: nobody can make it any more, and who is making it now gets a key that its name tells. Returns the name of that key, or of one
 * that was handed out if its row keeps names; null: there is no key; undefined: the name is sealed with a former master key. May be repeated.
 */
export async function withdraw(db: Database, keys: KeyRing, id: string): Promise<string | null | undefined> {
  const row = await db
    .updateTable('provision')
    .set({ claimed_at: sql<Date>`coalesce(claimed_at, clock_timestamp())` })
    .where('id', '=', id)
    .returning('sealed_claim_key')
    .executeTakeFirst();
  if (!row?.sealed_claim_key) return null;
  return keys.open(row.sealed_claim_key);
}
