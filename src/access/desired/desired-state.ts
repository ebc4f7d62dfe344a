import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { repack, weightOf } from '../../policy/grants.js';
import { EVERYONE } from '../../policy/names.js';
import { GrantsStore } from '../grants/grants.store.js';
import { MembershipsStore } from '../memberships/memberships.store.js';
import { SubjectsStore } from '../subjects/subjects.store.js';
import { type Desired, desiredGroup, desiredProduct, desiredUser, policyGrant } from './desired.js';

/** How long the absence of `everyone` is cached, in milliseconds. */
const NONE_MS = 1000;

/** Reads from the database what MinIO should hold of a subject. */
@Injectable()
export class DesiredState {
  #everyone = false;
  #noneUntil = 0;

  constructor(
    private readonly grants: GrantsStore,
    private readonly memberships: MembershipsStore,
    private readonly subjects: SubjectsStore,
    private readonly config: AppConfig,
    private readonly db: Database,
  ) {}

  /** What should hold of the subject; inside a transaction, including its changes so far. */
  async of(row: SubjectRow, db?: Executor): Promise<Desired> {
    const { lake } = this.config;
    const grants = row.top_shard > 0 ? await this.grants.of(row.id, db) : [];
    if (row.kind === 'user') return desiredUser(row, grants, lake, await this.hasEveryone(row, db));
    if (row.kind === 'data_product') return desiredProduct(row, grants, this.config.products.bucket);
    const members =
      row.name === EVERYONE
        ? (await this.memberships.principals(db)).map((principal) => ({ principal, role: 'member' as const }))
        : await this.memberships.membersOf(row.id, db);
    return desiredGroup(row, grants, members, lake);
  }

  /** Computes the weights of a subject's grants again and moves grants that no longer fit their documents. Returns the row afterwards. */
  repack(id: string): Promise<SubjectRow> {
    return this.db.transaction().execute(async (trx) => {
      await this.subjects.lockOne(id, trx);
      const grants = await this.grants.of(id, trx);
      const weights = grants.map((grant) => weightOf(policyGrant(grant), this.config.lake.bucket));
      const shards = repack(grants.map(({ shard }, index) => ({ shard, weight: weights[index] ?? 0 })));
      for (const [index, { id: grant, shard, weight }] of grants.entries()) {
        const place = { shard: shards[index] ?? shard, weight: weights[index] ?? weight };
        if (place.shard !== shard || place.weight !== weight) await this.grants.place(grant, place, trx);
      }
      await this.subjects.raiseTopShard(id, Math.max(0, ...shards), trx);
      return this.subjects.lockOne(id, trx);
    });
  }

  /**
   * The `everyone` group is never deleted, so its existence is cached permanently. Each rotation asks, so its absence is cached briefly,
   * but never for a user who is just being created: another replica may have created the group meanwhile. A user who is created at the same
   * instant joins when the result is recorded (`ProgressStore.applied`).
   */
  private async hasEveryone({ applied_generation }: SubjectRow, db?: Executor): Promise<boolean> {
    if (this.#everyone) return true;
    const isNew = applied_generation === 0;
    if (db === undefined && !isNew && performance.now() < this.#noneUntil) return false;
    const found = (await this.subjects.find({ kind: 'group', name: EVERYONE }, db)) !== undefined;
    // a transaction may still be rolled back: do not cache what it sees
    if (db === undefined) {
      this.#everyone = found;
      this.#noneUntil = performance.now() + NONE_MS;
    }
    return found;
  }
}
