import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { backoffMs } from '../../common/work/backoff.js';
import type { SubjectRow } from '../../database/schema.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import { Leases, type SubjectLease } from '../leases/leases.js';
import { leaseKey, type SubjectKey } from '../subjects/subject-key.js';
import { isInSync } from '../subjects/subject-state.js';
import { Enforcer } from './enforcer.js';
import { ProgressStore } from './progress.store.js';
import { Settlements } from './settlements.js';

/** Enforces a subject by its key, for callers with no other work under its lease: takes the turn and the lease, and reads the row there. */
@Injectable()
export class SubjectEnforcer {
  readonly #settlements = new Settlements();

  constructor(
    private readonly enforcer: Enforcer,
    private readonly leases: Leases,
    private readonly progress: ProgressStore,
    private readonly minio: MinioAdmin,
  ) {}

  /** Whether this process is working on the subject. */
  isBusy(key: SubjectKey): boolean {
    return this.leases.isBusy(key);
  }

  /**
   * Enforces what is committed for the subject. False: it must wait (MinIO is away, or a foreign user or group has the name), and the
   * worker continues with it. One enforcement serves all callers that wait for the subject.
   */
  async enforceCommitted(key: SubjectKey, since: number): Promise<boolean> {
    try {
      await this.leases.among(key, () =>
        this.#settlements.join(leaseKey(key), since, (begin) => this.enforceForAll(key, begin)),
      );
      return true;
    } catch (error) {
      if (error instanceof Problem && (error.status >= 502 || isNameTaken(error))) return false;
      throw error;
    }
  }

  /** For the worker: applies the row again in full, if it is still due. */
  async enforceFully(key: SubjectKey): Promise<void> {
    await this.enforcer.exclusive(key, performance.now(), async (lease) => {
      const row = await this.progress.findDue(key);
      if (row) await this.enforcer.enforce(lease, row, { certain: false, last: true });
    });
  }

  /** Enforces a subject that was found to differ. False: it must wait, or there is no such subject. */
  async repair(key: SubjectKey, since: number): Promise<boolean> {
    try {
      return await this.enforcer.exclusive(key, since, async (lease) => {
        const row = await this.current(key, lease);
        if (!row || row.status === 'removing' || row.status === 'removed') return false;
        await this.enforcer.enforce(lease, row, { last: true });
        return true;
      });
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  }

  /** Applies in full what should hold, whatever the row says, then does `work` under the same lease. A name without a row is ignored. */
  async renew(key: SubjectKey, work: (row: SubjectRow) => Promise<void>): Promise<void> {
    await this.enforcer.exclusive(key, performance.now(), async (lease) => {
      const row = await this.current(key, lease);
      if (!row) return;
      await this.enforcer.enforce(lease, row, { certain: false, again: true });
      await lease.guard();
      try {
        await work(row);
      } catch (error) {
        throw this.minio.toProblem(error);
      }
    });
  }

  /** These enforcements share one line: a login of the subject waits for one of their turns at most. */
  private enforceForAll(key: SubjectKey, begin: () => number): Promise<void> {
    const queued = this.leases.isBusy(key);
    const work = async (take: () => Promise<SubjectLease>): Promise<void> => {
      const since = begin();
      const failed = this.minio.failedSince(since);
      if (queued || failed) {
        // whoever had the turn before may have enforced it already
        const pending = await this.progress.findPending(key);
        if (!pending) return;
        // counted like any other try in vain: what takes access away is then among the first when MinIO is back
        if (failed)
          await this.progress.failed(pending, 'MinIO does not answer', backoffMs(pending.attempts), false);
      }
      await this.enforcer.underLease(key, since, take, async (lease) => {
        const row = await this.current(key, lease);
        if (row && row.status !== 'removed' && !isInSync(row))
          await this.enforcer.enforce(lease, row, { last: true, onlyChanged: true });
      });
    };
    return this.leases.inTurn(key, work, 'settlement');
  }

  /** The subject's row at the beginning of the lease, whatever its status. It is another one when the lease was taken over: then it is suspect. */
  private async current(
    key: SubjectKey,
    { takenOver, found }: SubjectLease,
  ): Promise<SubjectRow | undefined> {
    return takenOver ? this.progress.find(key) : found.row;
  }
}

function isNameTaken({ code }: Problem): boolean {
  return code === 'name_taken' || code === 'user_not_adopted';
}
