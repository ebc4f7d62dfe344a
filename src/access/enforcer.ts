import { Injectable } from '@nestjs/common';
import type { Actor } from '../common/caller.js';
import { busy } from '../common/keyed-queue.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import { MadminError } from '../madmin/errors.js';
import { enforcements } from '../metrics/registry.js';
import { MinioAdmin, storageUnavailable } from '../minio/minio-admin.js';
import { principalOf } from '../policy/names.js';
import { Applier } from './apply.js';
import { type Lease, LeaseLost, Leases } from './leases.js';
import { type ObservedUser, observeUser } from './observe.js';
import { planFor } from './plan.js';
import { ProgressStore } from './store/progress.store.js';
import type { SubjectKey } from './subject-key.js';

const SYSTEM: Actor = { name: 'minio-manager', kind: 'system' };
const BACKOFF_MS = { first: 1000, most: 60_000 };

/** Makes what MinIO holds equal to what should hold, one subject at a time, one writer at a time. */
@Injectable()
export class Enforcer {
  constructor(
    private readonly config: AppConfig,
    private readonly progress: ProgressStore,
    private readonly leases: Leases,
    private readonly minio: MinioAdmin,
    private readonly applier: Applier,
  ) {}

  /**
   * Runs `work` as the only writer of the subject among all replicas. `since` is when the request arrived (`performance.now()`): if
   * MinIO failed others while it waited, it fails too instead of waiting again. Throws `busy` when the turn does not come or is lost.
   */
  exclusive<T>(key: SubjectKey, since: number, work: (lease: Lease) => Promise<T>): Promise<T> {
    return this.leases.inTurn(key, async (take) => {
      if (this.minio.failedSince(since)) throw storageUnavailable('MinIO does not answer');
      const lease = await take();
      if (lease.takenOver) await this.progress.suspect(key);
      let lost: boolean;
      let result: T;
      try {
        result = await work(lease);
      } catch (error) {
        lost = !(await lease.release().catch(() => false));
        if (lost || error instanceof LeaseLost) await this.distrust(key, lease);
        throw error instanceof LeaseLost ? busy() : error;
      }
      lost = !(await lease.release());
      if (!lost) return result;
      await this.distrust(key, lease);
      throw busy();
    });
  }

  /** What MinIO holds of the subject now. Throws `storage_unavailable` when it does not say. */
  async observe(key: SubjectKey): Promise<ObservedUser> {
    try {
      return await observeUser(this.minio.client, key.name, principalOf(key.name));
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  /** Applies the row under the lease and records that MinIO follows it; a failure is recorded and thrown as a problem. */
  async enforce(lease: Lease, row: SubjectRow, observed?: ObservedUser, certain = true): Promise<void> {
    try {
      const seen = observed ?? (await observeUser(this.minio.client, row.name, row.principal));
      const plan = planFor(row, seen, this.config.lake, certain && !row.suspect && !lease.takenOver);
      lease.mayDisable ||= row.status !== 'active';
      await this.applier.apply(row, plan, lease);
      await this.record(lease, row);
      enforcements.inc({ result: 'ok' });
    } catch (error) {
      enforcements.inc({ result: 'failed' });
      if (error instanceof LeaseLost) throw error;
      const uncertain =
        !(error instanceof Problem) && (!(error instanceof MadminError) || error.outcomeUnknown);
      const message = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
      const kept = await this.progress.failed(row, message, backoffMs(row.attempts), uncertain);
      if (uncertain && !kept) await this.distrust(row, lease);
      throw this.minio.toProblem(error);
    }
  }

  /** Enforces what is committed for the subject; false when that must wait (MinIO away): the worker goes on with it. */
  async settle(key: SubjectKey, since: number): Promise<boolean> {
    try {
      await this.exclusive(key, since, async (lease) => {
        const row = await this.progress.findPending(key);
        if (row) await this.enforce(lease, row);
      });
      return true;
    } catch (error) {
      if (error instanceof Problem && error.status >= 502) return false;
      throw error;
    }
  }

  /** The worker's way: whatever the row says is applied again in full, if it is still due. */
  async redo(key: SubjectKey): Promise<void> {
    await this.exclusive(key, performance.now(), async (lease) => {
      const row = await this.progress.findDue(key);
      if (row) await this.enforce(lease, row, undefined, false);
    });
  }

  private async record(lease: Lease, row: SubjectRow): Promise<void> {
    const present = row.status === 'active' || row.status === 'disabled';
    if (!present) {
      const left = await observeUser(this.minio.client, row.name, row.principal);
      if (left.document || (left.user && row.status === 'removing'))
        throw storageUnavailable('The removal is not complete yet');
    }
    const recorded = present
      ? await this.progress.applied(row, lease.holder)
      : await this.progress.removed(row, lease.holder, SYSTEM);
    if (!recorded) throw new LeaseLost('The lease was lost while applying');
  }

  private distrust({ kind, name }: SubjectKey, { mayDisable }: Lease): Promise<void> {
    return this.progress.distrust({ kind, name, principal: principalOf(name) }, mayDisable);
  }
}

/** Full jitter on an exponential: a returning MinIO is not met by everyone at once. */
function backoffMs(attempts: number): number {
  const most = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** Math.min(attempts, 10));
  return most / 2 + (Math.random() * most) / 2;
}
