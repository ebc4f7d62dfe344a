import { Injectable } from '@nestjs/common';
import { type Expression, sql } from 'kysely';
import { ASYNC_COMMIT } from '../../database/sql/async-commit.js';
import { Database } from '../../database/schema.js';
import { type AgedRow, msAgo } from '../subjects/row-ages.store.js';
import { leaseKey, type SubjectKey } from '../subjects/subject-key.js';

/** How long a lease is kept for a waiting process that stops asking, in seconds; a waiting process asks several times in this time. */
const WANTED_SECONDS = 0.4;
/** A waiting process renews its entry after this many seconds. */
const AGAIN_SECONDS = 0.1;
/** Expiry of a waiting process, as an element of `wanted`. */
const UNTIL = sql`(w->>'until')::numeric`;
/** `expires_at` of a released lease: its next holder does not count as taking it over. */
const GIVEN_BACK = sql<Date>`'-infinity'::timestamptz`;

/** The columns of a released lease that `keepLease` needs. */
export const GIVEN = ['key', 'holder', 'wanted'] as const;

/**
 * Keeps the released lease `held` for the processes that wait for it. Inserts nothing if no process waits, or if the lease is not released.
 */
export function keepLease(isGivenBack = true): Expression<{ key: string }> {
  return sql<{
    key: string;
  }>`(insert into lease (key, holder, wanted, expires_at) select key, holder, wanted, ${GIVEN_BACK} from held
    where ${isGivenBack}
      and exists (select from jsonb_array_elements(wanted) as w where ${UNTIL} > extract(epoch from clock_timestamp())))`;
}

/**
 * Leases in the database, by the database's clock only. They are committed without waiting for the disk: if a crash of the database loses a
 * lease, its holder notices and records nothing without it.
 */
@Injectable()
export class LeasesStore {
  constructor(private readonly db: Database) {}

  /** Takes the lease if it is free or expired and no other process waits for it; otherwise undefined. */
  async take(key: string, holder: string, ttlMs: number): Promise<{ takenOver: boolean } | undefined> {
    const { rows } = await taking({ key, holder, ttlMs, waits: false }).execute(this.db);
    return takenOf(rows[0]);
  }

  /**
   * The same for a process that waits: the statement enters it in the lease's row from its first attempt on. The same statement then reads
   * the subject's row, whatever its status, as it is under the lease.
   */
  async takeFor(
    subject: SubjectKey,
    holder: string,
    ttlMs: number,
  ): Promise<{ takenOver: boolean; row: AgedRow | undefined } | undefined> {
    const { rows } = await sql<Taken & Partial<AgedRow>>`
      with taken as (${taking({ key: leaseKey(subject), holder, ttlMs, waits: true })})
      select taken.*, subject.*, ${msAgo('rotated_at')} as rotated_ms_ago, ${msAgo('written_at')} as written_ms_ago
      from taken left join lateral current_subject(case when lease_taken then ${subject.kind} end, ${subject.name}) as subject on true`.execute(
      this.db,
    );
    const [found] = rows;
    const taken = takenOf(found);
    return (
      taken && {
        ...taken,
        row: found?.id === undefined || found.id === null ? undefined : (found as AgedRow),
      }
    );
  }

  /** Extends the lease; false when this holder has lost it. */
  async renew(key: string, holder: string, ttlMs: number): Promise<boolean> {
    const result = await this.db
      .updateTable('lease')
      .set({ expires_at: sql<Date>`clock_timestamp() + ${ttlMs} * interval '1 millisecond'` })
      .where('key', '=', key)
      .where('holder', '=', holder)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .where(ASYNC_COMMIT)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Releases the lease; false when this holder had lost it. A wanted lease is kept for the waiting processes. */
  async release(key: string, holder: string): Promise<boolean> {
    const row = await this.db
      .with('held', (db) =>
        db
          .deleteFrom('lease')
          .where('key', '=', key)
          .where('holder', '=', holder)
          .where(ASYNC_COMMIT)
          .returning([...GIVEN, sql<boolean>`expires_at > clock_timestamp()`.as('valid')]),
      )
      .with('kept', () => keepLease())
      .selectFrom('held')
      .select('valid')
      .executeTakeFirst();
    return row?.valid ?? false;
  }

  /** Expires every lease: only for a start that knows that no other process exists (PGlite). */
  async expireAll(): Promise<void> {
    await this.db
      .updateTable('lease')
      .set({ expires_at: sql<Date>`clock_timestamp()` })
      .where('expires_at', '>', GIVEN_BACK)
      .execute();
  }
}

interface Taken {
  lease_taken: boolean;
  lease_takeovers: number;
}

function takenOf(taken: Taken | undefined): { takenOver: boolean } | undefined {
  return taken?.lease_taken ? { takenOver: taken.lease_takeovers > 0 } : undefined;
}

/**
 * Takes the lease if it is free or expired and no other process has waited longer. `waits` enters a process that does not get it. The clock
 * is read once, before the statement waits for the row: the time is never later than the truth.
 */
function taking({
  key,
  holder,
  ttlMs,
  waits,
}: {
  key: string;
  holder: string;
  ttlMs: number;
  waits: boolean;
}) {
  const me = sql`${holder}::text`;
  const now = sql`(excluded.expires_at - ${ttlMs} * interval '1 millisecond')`;
  const seconds = sql`extract(epoch from ${now})`;
  const waiting = sql`jsonb_array_elements(held.wanted) with ordinality as each (w, nr) where ${UNTIL} > ${seconds}`;
  const first = sql`(select w->>'by' from ${waiting} order by nr limit 1)`;
  const free = sql`(held.expires_at <= ${now} and coalesce(${first} = ${me}, true))`;
  const mine = sql`jsonb_build_object('by', ${me}, 'until', ${seconds} + ${WANTED_SECONDS}::numeric)`;
  const others = sql`(select coalesce(jsonb_agg(w order by nr), '[]') from ${waiting} and w->>'by' <> ${me})`;
  const withMe = sql`(select coalesce(jsonb_agg(case when w->>'by' = ${me} then ${mine} else w end order by nr), '[]')
    || case when bool_or(w->>'by' = ${me}) then '[]' else jsonb_build_array(${mine}) end from ${waiting})`;
  const isNews = sql`not exists (select from ${waiting} and w->>'by' = ${me} and ${UNTIL} > ${seconds} + ${WANTED_SECONDS - AGAIN_SECONDS}::numeric)`;
  return sql<Taken>`
      insert into lease as held (key, holder, expires_at)
      select ${key}, ${holder}::uuid, clock_timestamp() + ${ttlMs} * interval '1 millisecond' where ${ASYNC_COMMIT}
      on conflict (key) do update set
        holder = case when ${free} then excluded.holder else held.holder end,
        expires_at = case when ${free} then excluded.expires_at else held.expires_at end,
        takeovers = case when not ${free} then held.takeovers
          when held.expires_at = ${GIVEN_BACK} then 0 else held.takeovers + 1 end,
        wanted = case when ${free} then ${others} else ${withMe} end
      where ${free} or (${waits} and ${isNews})
      returning held.holder = ${holder}::uuid as lease_taken, held.takeovers as lease_takeovers`;
}
