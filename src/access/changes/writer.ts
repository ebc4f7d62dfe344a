import { Injectable } from '@nestjs/common';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { isRetryable } from '../../database/database-problem.js';
import { DesiredState } from '../desired/desired-state.js';
import { Enforcer } from '../enforce/enforcer.js';
import { GrantsStore } from '../grants/grants.store.js';
import { MembershipsStore } from '../memberships/memberships.store.js';
import { type OwnGrants, showOwnChange } from './own-change.js';
import { type PlannedChange, showPlan } from '../plan/planned-change.js';

/** What a change of desired state gave, and the subjects that it concerns, as they now are. */
export interface MutationResult<T> {
  value: T;
  affected: readonly SubjectRow[];
}

/** A change of desired state, in the transaction that it is given. */
export type Mutation<T> = (trx: Executor) => Promise<MutationResult<T>>;

/** The result of a change that was kept; `enforced` false: MinIO does not follow yet. */
export interface WriteResult<T> {
  value: T;
  enforced: boolean;
}

const ATTEMPTS = 4;
/** Subjects of one change that are enforced at once. */
const AT_ONCE = 8;

class RolledBack extends Error {
  constructor(readonly seen: unknown) {
    super('a dry run is taken back');
  }
}

/** Carries out changes of who may reach what: desired state in one transaction, then MinIO; or only tells what would be done. */
@Injectable()
export class AccessWriter {
  constructor(
    private readonly db: Database,
    private readonly desired: DesiredState,
    private readonly enforcer: Enforcer,
    private readonly grants: GrantsStore,
    private readonly memberships: MembershipsStore,
  ) {}

  /** Commits the change and enforces every subject that it touches. `since`: when the request arrived. */
  async write<T>(since: number, work: Mutation<T>): Promise<WriteResult<T>> {
    const { value, affected } = await this.transact(work);
    return { value, enforced: await this.enforceAll(affected, since) };
  }

  /**
   * What the change would do in MinIO, by the code that does it: the transaction is taken back, the plans are not applied. `person`: for a
   * person who is no administrator, whole documents and other people's grants are not shown, only what the person would change.
   */
  async dryRun(work: Mutation<unknown>, person?: string): Promise<PlannedChange[]> {
    if (person !== undefined) return this.ownDryRun(work, person);
    const desired = await this.rehearse(work, (row, trx) => this.desired.of(row, trx));
    const plans: PlannedChange[] = [];
    for (const each of desired) {
      const { observed, plan } = await this.enforcer.planOf(each);
      plans.push(...showPlan(each.row, observed, plan));
    }
    return plans;
  }

  /** Enforces what is committed for one subject; false when that must wait. */
  enforceCommitted(row: SubjectRow, since: number): Promise<boolean> {
    return this.enforcer.enforceCommitted(row, since);
  }

  private async enforceAll(affected: readonly SubjectRow[], since: number): Promise<boolean> {
    let enforced = true;
    // who loses access comes before who gains it
    const ordered = [...affected].sort((a, b) => Number(b.revoking) - Number(a.revoking));
    for (let from = 0; from < ordered.length; from += AT_ONCE) {
      const batch = ordered.slice(from, from + AT_ONCE);
      const done = await Promise.all(batch.map((row) => this.enforcer.enforceCommitted(row, since)));
      enforced &&= done.every(Boolean);
    }
    return enforced;
  }

  private async ownDryRun(work: Mutation<unknown>, person: string): Promise<PlannedChange[]> {
    const given = async (row: SubjectRow, trx?: Executor): Promise<OwnGrants> => ({
      row,
      grants: await this.grants.ofOwner(row.id, person, trx),
      members: row.kind === 'group' ? await this.memberships.membersOf(row.id, trx) : [],
    });
    const seen = await this.rehearse(work, async (row, trx) => ({
      desired: await this.desired.of(row, trx),
      after: await given(row, trx),
    }));
    const plans: PlannedChange[] = [];
    for (const { desired, after } of seen) {
      // what MinIO would refuse is refused here, too
      await this.enforcer.planOf(desired);
      plans.push(...showOwnChange(await given(after.row), after));
    }
    return plans;
  }

  /** What `see` finds of each subject that the change touches, in the transaction that is then taken back. */
  private async rehearse<S>(
    work: Mutation<unknown>,
    see: (row: SubjectRow, trx: Executor) => Promise<S>,
  ): Promise<readonly S[]> {
    try {
      await this.transact(async (trx) => {
        const { affected } = await work(trx);
        const seen: S[] = [];
        for (const row of affected) seen.push(await see(row, trx));
        throw new RolledBack(seen);
      });
    } catch (error) {
      if (error instanceof RolledBack) return error.seen as readonly S[];
      throw error;
    }
    throw new Error('unreachable');
  }

  /** Two changes that wait for each other's rows: PostgreSQL ends one, which then simply starts again. */
  private async transact<T>(work: Mutation<T>): Promise<MutationResult<T>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.db.transaction().execute(work);
      } catch (error) {
        if (attempt >= ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  }
}
