import { Injectable } from '@nestjs/common';
import { backoffMs } from '../../common/work/backoff.js';
import { SYSTEM } from '../../common/caller.js';
import { busy } from '../../common/turns/keyed-queue.js';
import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import { MadminError } from '../../madmin/errors.js';
import { enforcements } from '../../metrics/registry.js';
import { MinioAdmin, storageUnavailable } from '../../minio/minio-admin.js';
import { parsePolicyName } from '../../policy/names.js';
import type { Desired } from '../desired/desired.js';
import { type Compared, Comparer, isLeft } from './comparer.js';
import { ProgressStore } from './progress.store.js';
import { minioName, type SubjectKey } from '../subjects/subject-key.js';
import { Applier } from './apply.js';
import { LeaseLost } from '../../common/work/lease.js';
import { Leases, type SubjectLease } from '../leases/leases.js';
import { type Observed, observeGroup, type ObservedUser, observeUser } from '../plan/observe.js';
import { isFrozen, isPresent } from '../plan/plan.js';
import { adding, isTooLarge, namesOf, provenPlan } from '../plan/proven-plan.js';

/** How a row is enforced. */
export interface EnforceOptions {
  /** What MinIO holds of the user, if that was read just now. */
  observed?: ObservedUser;
  /** False: the secret in MinIO is not to be trusted. */
  certain?: boolean;
  /** Nothing follows under the lease: the statement that records the result deletes it, which saves a round trip. */
  last?: boolean;
  /** The row was applied before: a node of MinIO must receive it again. */
  again?: boolean;
  /** Only the documents that the pending change concerns are gone over, where that is safe. */
  onlyChanged?: boolean;
}

/** Makes what MinIO holds equal to what should hold: runs work as the only writer of a subject, and enforces rows there. */
@Injectable()
export class Enforcer {
  constructor(
    private readonly comparer: Comparer,
    private readonly progress: ProgressStore,
    private readonly leases: Leases,
    private readonly minio: MinioAdmin,
    private readonly applier: Applier,
  ) {}

  /**
   * Runs `work` as the only writer of the subject among all replicas. `since` is when the request arrived (`performance.now()`): if MinIO
   * failed other calls while this one waited, it fails too instead of waiting again. Throws `busy` when the turn does not come or is lost.
   */
  exclusive<T>(key: SubjectKey, since: number, work: (lease: SubjectLease) => Promise<T>): Promise<T> {
    return this.leases.among(key, () =>
      this.leases.inTurn(key, (take) => this.underLease(key, since, take, work)),
    );
  }

  /**
   * The same for work that reads what MinIO holds of the user. `early`: the reading begins while the lease is taken, and counts if the row
   * shows that this service has not written since. Otherwise MinIO is read again, under the lease.
   */
  exclusiveObserved<T>(
    key: SubjectKey,
    since: number,
    work: (lease: SubjectLease, observe: () => Promise<ObservedUser>) => Promise<T>,
    early = true,
  ): Promise<T> {
    return this.leases.among(key, () =>
      this.leases.inTurn(key, (take) => {
        const began = performance.now();
        const reading = early && !this.minio.failedSince(since) ? this.observe(key) : undefined;
        // the lease may not be taken, and then nobody waits for it
        reading?.catch(() => undefined);
        return this.underLease(key, since, take, (lease) =>
          work(lease, () => (reading && lease.isUnwrittenSince(began) ? reading : this.observe(key))),
        );
      }),
    );
  }

  /** Takes the lease in this turn, runs `work` under it and releases it. See {@link exclusive}. */
  async underLease<T>(
    key: SubjectKey,
    since: number,
    take: () => Promise<SubjectLease>,
    work: (lease: SubjectLease) => Promise<T>,
  ): Promise<T> {
    if (this.minio.failedSince(since)) throw storageUnavailable('MinIO does not answer');
    const lease = await take();
    if (lease.takenOver) await this.progress.suspect(key);
    let lost: boolean;
    let result: T;
    try {
      result = await work(lease);
    } catch (error) {
      lost = !(await lease.release().catch(() => false));
      if (lost || error instanceof LeaseLost) await this.markSuspect(key, lease);
      throw error instanceof LeaseLost ? busy() : error;
    }
    lost = !(await lease.release());
    if (!lost) return result;
    await this.markSuspect(key, lease);
    throw busy();
  }

  /** What MinIO holds of the user now, with the first of its documents. Throws `storage_unavailable` when MinIO does not answer. */
  async observe(key: SubjectKey): Promise<ObservedUser> {
    try {
      return await observeUser(this.minio.client, { ...key, principal: minioName(key) });
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  /** Whether MinIO has a group of that name that this service did not make. */
  async isForeignGroup(key: SubjectKey): Promise<boolean> {
    try {
      const { main } = await observeGroup(this.minio.client, key.name, minioName(key), [0]);
      return main.group !== null && main.documents.size === 0;
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  /** Applies the row under the lease and records that MinIO holds it; a failure is recorded and thrown as a problem. */
  async enforce(lease: SubjectLease, row: SubjectRow, options: EnforceOptions = {}): Promise<void> {
    const { onlyChanged = false, certain = true } = options;
    try {
      lease.mayDisable ||= row.status !== 'active';
      const trusted = certain && !row.suspect && !lease.takenOver;
      const changed = onlyChanged && trusted ? await this.comparer.changed(row) : undefined;
      let compared = changed ?? (await this.comparer.all(row, options.observed));
      let plan = provenPlan(compared.desired, compared.observed, trusted);
      if (isTooLarge(plan)) {
        compared = await this.repack(row, lease);
        plan = provenPlan(compared.desired, compared.observed, trusted);
      }
      // a user is recognized by its first document, which is written before it
      if (row.unchecked && row.kind === 'group' && isPresent(row)) await this.progress.checked(row);
      await this.applier.apply(row, plan, lease);
      await this.record(lease, compared, options);
      enforcements.inc({ result: 'ok' });
    } catch (error) {
      enforcements.inc({ result: 'failed' });
      if (error instanceof LeaseLost) throw error;
      const uncertain =
        !(error instanceof Problem) && (!(error instanceof MadminError) || error.outcomeUnknown);
      const message = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
      const kept = await this.progress.failed(row, message, backoffMs(row.attempts), uncertain);
      if (uncertain && !kept) await this.markSuspect(row, lease);
      throw this.minio.toProblem(error);
    }
  }

  /** Whether what was read of the user is what should hold, as far as `isWhole` tells. */
  holds(row: SubjectRow, observed: ObservedUser): Promise<boolean> {
    return this.comparer.holds(row, observed);
  }

  /** Records a write in MinIO that the subject's row does not show, so that a node that is away receives it, too. */
  wrote(key: SubjectKey): Promise<void> {
    return this.progress.wrote(key);
  }

  /**
   * Moves grants out of documents that became too large. A grant is added to its new document before it leaves the old one: nobody loses
   * access.
   */
  private async repack({ id }: SubjectRow, lease: SubjectLease): Promise<Compared> {
    const { desired, observed } = await this.comparer.repacked(id);
    const { row } = desired;
    await this.applier.apply(row, provenPlan(adding(desired, observed), observed, true), lease);
    return { desired, observed: await this.comparer.observe(row) };
  }

  private async record(
    lease: SubjectLease,
    { desired, observed: seen }: Compared,
    options: EnforceOptions,
  ): Promise<void> {
    const { row } = desired;
    const { last = false, again = false } = options;
    if (isPresent(row)) {
      const done = {
        madeAnew: seen.kind === 'user' && seen.user === null,
        withoutEveryone:
          row.kind === 'user' && desired.kind === 'user' && !desired.everyone && row.applied_generation === 0,
        topShard: topShardOf(desired, seen),
        endLimits: desired.limits,
        again,
        release: last,
      };
      if (!(await this.progress.applied(row, lease.holder, done))) throw new LeaseLost();
      if (last) lease.released();
      return;
    }
    if (isLeft(row, await this.comparer.observe(row)))
      throw storageUnavailable('The removal is not complete yet');
    if (!(await this.progress.removed(row, lease.holder, SYSTEM))) throw new LeaseLost();
  }

  private markSuspect(key: SubjectKey, { mayDisable }: SubjectLease): Promise<void> {
    const { kind, name } = key;
    return this.progress.markSuspect({ kind, name, principal: minioName(key) }, mayDisable);
  }
}

/** The highest number of a document that MinIO now holds of the subject. */
function topShardOf(desired: Desired, seen: Observed): number {
  const { row } = desired;
  const top = Math.max(...namesOf(desired).map((name) => parsePolicyName(name)?.shard ?? 0));
  return seen.kind === 'user' && isFrozen(row, seen) ? Math.max(top, row.top_shard) : top;
}
