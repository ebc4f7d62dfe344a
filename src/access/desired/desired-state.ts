import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor, type GrantRow, type SubjectRow } from '../../database/schema.js';
import { repack, weightOf } from '../../policy/grants/grants.js';
import { type EndLimits, endLimits, movedEnds } from '../../policy/guards.js';
import { EVERYONE } from '../../policy/names.js';
import { restate } from '../grants/documents.store.js';
import { GrantsStore } from '../grants/grants.store.js';
import { MembershipsStore } from '../memberships/memberships.store.js';
import { changedDocuments } from '../subjects/changed-documents.js';
import { SubjectsStore } from '../subjects/subjects.store.js';
import {
  type Desired,
  desiredGroup,
  desiredProduct,
  desiredUser,
  type OnlyChanged,
  policyGrant,
} from './desired.js';

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
    return this.build(row, row.top_shard > 0 ? await this.grants.of(row.id, db) : [], db);
  }

  /**
   * The same, but of its documents only those that the pending change concerns. Undefined: everything must be gone over. If the change
   * moves ends that other documents state, those are marked as changed first, and are among the documents here.
   */
  async ofChanged(row: SubjectRow, db?: Executor): Promise<Desired | undefined> {
    const numbers = changedDocuments(row);
    if (!numbers) return undefined;
    const { grants, numbers: present, ends } = await this.grants.documents(row.id, numbers, db);
    const limits = endLimits(ends);
    const restated = await this.restate(row, limits, db);
    if (restated) return this.ofChanged(restated, db);
    return this.build(row, grants, db, { numbers, present, limits });
  }

  /**
   * Marks the documents that state other ends than they would with these limits; undefined if there are none. Call it before documents with
   * these limits are written: if the writer dies then, the marks tell which documents may be written already.
   */
  async restate(row: SubjectRow, limits: EndLimits, db?: Executor): Promise<SubjectRow | undefined> {
    if (!row.end_limits) return undefined;
    const moved = movedEnds(row.end_limits, limits);
    if (moved.length === 0) return undefined;
    return { ...row, end_limits: limits, ...(await restate(row.id, limits, moved, db ?? this.db)) };
  }

  private async build(
    row: SubjectRow,
    grants: readonly GrantRow[],
    db?: Executor,
    only?: OnlyChanged,
  ): Promise<Desired> {
    const { lake, products } = this.config;
    if (row.kind === 'user') return desiredUser(row, grants, lake, await this.hasEveryone(row, db), only);
    if (row.kind === 'data_product') return desiredProduct(row, grants, products.bucket, only);
    const members =
      row.name === EVERYONE
        ? (await this.memberships.principals(db)).map((principal) => ({ principal, role: 'member' as const }))
        : (await this.memberships.membersOf(row.id, db)).filter(({ unchecked }) => !unchecked);
    return desiredGroup(row, grants, members, lake, only);
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
      await this.subjects.repacked(id, Math.max(0, ...shards), trx);
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
