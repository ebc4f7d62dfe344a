import { Injectable } from '@nestjs/common';
import { personOf, type RequestContext } from '../../auth/authenticated.js';
import { forEachConcurrently } from '../../common/work/concurrency.js';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { isRetryable } from '../../database/database-problem.js';
import { Comparer, type Planned } from '../enforce/comparer.js';
import { SubjectEnforcer } from '../enforce/subject-enforcer.js';
import { MemberGrants } from '../grants/member-grants.js';
import { showOwnChange } from './own-change.js';
import { OwnChanges } from './own-changes.js';
import { type PlannedChange, showPlan } from '../plan/planned-change.js';

/** The result of a change of desired state, and the affected subjects as they are now. */
export interface MutationResult<T> {
  value: T;
  affected: readonly SubjectRow[];
  /** Changes of shares that wait for a first login, for plans. */
  waiting?: readonly PlannedChange[];
}

/**
 * A change of desired state, inside the given transaction. Use cases return it, and {@link AccessWriter} runs or plans it: both are the same
 * code. It may run again, and what it affects may be unchanged: then MinIO only gets what an earlier change left to do.
 */
export type Mutation<T> = (trx: Executor) => Promise<MutationResult<T>>;

/** The result of a committed change; `enforced` false: MinIO does not hold it yet. */
export interface WriteResult<T> {
  value: T;
  enforced: boolean;
}

/** What a dry run found of one subject. */
interface Rehearsed<S> extends Planned {
  seen: S;
}

const ATTEMPTS = 4;
/** Subjects of one change that are enforced concurrently. */
const AT_ONCE = 8;

class RolledBack extends Error {
  constructor(readonly seen: unknown) {
    super('a dry run is rolled back');
  }
}

/** Carries out mutations: desired state in one transaction, then MinIO. A dry run only returns the plans. */
@Injectable()
export class AccessWriter {
  constructor(
    private readonly db: Database,
    private readonly comparer: Comparer,
    private readonly enforcer: SubjectEnforcer,
    private readonly own: OwnChanges,
    private readonly members: MemberGrants,
  ) {}

  /** Commits the mutation and enforces every affected subject. */
  async run<T>(
    mutation: Mutation<T>,
    { arrivedAt }: Pick<RequestContext, 'arrivedAt'>,
  ): Promise<WriteResult<T>> {
    const { value, affected } = await this.transact((trx) => this.followed(mutation, trx));
    return { value, enforced: await this.enforceAll(affected, arrivedAt) };
  }

  /**
   * What the mutation would do in MinIO, computed by the code that does it: the transaction is rolled back, the plans are not applied. A
   * person without the administrator role sees only what the person would change, not whole documents or other people's grants.
   */
  async plan(mutation: Mutation<unknown>, context: RequestContext): Promise<PlannedChange[]> {
    let waiting: readonly PlannedChange[] = [];
    const noted: Mutation<unknown> = async (trx) => {
      const result = await mutation(trx);
      waiting = result.waiting ?? [];
      return result;
    };
    const person = personOf(context);
    const plan = person === undefined ? await this.fullPlan(noted) : await this.ownPlan(noted, person);
    return [...plan, ...waiting];
  }

  private async enforceAll(affected: readonly SubjectRow[], since: number): Promise<boolean> {
    let enforced = true;
    // subjects that lose access come before those that gain it
    const ordered = [...affected].sort((a, b) => Number(b.revoking) - Number(a.revoking));
    await forEachConcurrently(ordered, AT_ONCE, async (row) => {
      if (!(await this.enforcer.enforceCommitted(row, since))) enforced = false;
    });
    return enforced;
  }

  private async fullPlan(mutation: Mutation<unknown>): Promise<PlannedChange[]> {
    const plans = await this.rehearsePlans(mutation, () => Promise.resolve());
    return plans.flatMap(({ desired, observed, plan }) => showPlan(desired.row, observed, plan));
  }

  private async ownPlan(mutation: Mutation<unknown>, person: string): Promise<PlannedChange[]> {
    const given = (row: SubjectRow, trx?: Executor) => this.own.given(row, person, trx);
    const plans: PlannedChange[] = [];
    // what MinIO would refuse is refused here, too
    for (const { seen: after } of await this.rehearsePlans(mutation, given))
      plans.push(...showOwnChange(await given(after.row), after));
    return plans;
  }

  /** The plan of each affected subject, as enforcing would make it, with what `see` finds in the transaction. */
  private async rehearsePlans<S>(
    mutation: Mutation<unknown>,
    see: (row: SubjectRow, trx: Executor) => Promise<S>,
    onlyChanged = true,
  ): Promise<Rehearsed<S>[]> {
    const found = await this.rehearse(mutation, async (row, trx) => ({
      ...(await this.comparer.rehearsed(row, trx, onlyChanged)),
      seen: await see(row, trx),
    }));
    const plans: Rehearsed<S>[] = [];
    for (const { desired, isPart, seen } of found) {
      const planned = await (isPart ? this.comparer.planOfChanged(desired) : this.comparer.planOf(desired));
      // MinIO does not hold what it was given: then everything is gone over
      if (!planned) return this.rehearsePlans(mutation, see, false);
      plans.push({ ...planned, seen });
    }
    return plans;
  }

  /** What `see` finds for each affected subject, in the transaction that is then rolled back. */
  private async rehearse<S>(
    mutation: Mutation<unknown>,
    see: (row: SubjectRow, trx: Executor) => Promise<S>,
  ): Promise<readonly S[]> {
    try {
      await this.transact(async (trx) => {
        const { affected } = await this.followed(mutation, trx);
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

  /** The mutation, and what follows from it for the members of groups. */
  private async followed<T>(mutation: Mutation<T>, trx: Executor): Promise<MutationResult<T>> {
    const { value, affected } = await mutation(trx);
    const members = await this.members.follow(trx);
    return { value, affected: members.length > 0 ? [...affected, ...members] : affected };
  }

  /** When two changes deadlock on each other's rows, PostgreSQL aborts one, which is then simply run again. */
  private async transact<T>(mutation: Mutation<T>): Promise<MutationResult<T>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.db.transaction().execute(mutation);
      } catch (error) {
        if (attempt >= ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  }
}
