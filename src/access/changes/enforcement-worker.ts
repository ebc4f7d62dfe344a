import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Loop } from '../../common/work/loop.js';
import type { SubjectRow } from '../../database/schema.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import { Expiry } from './expiry.js';
import { SubjectEnforcer } from '../enforce/subject-enforcer.js';
import { DueStore } from '../enforce/due.store.js';
import { IssuedStore } from '../subjects/issued.store.js';

const INTERVAL_MS = 1000;
const TIDY_MS = 60_000;
/** How long a start waits for pending revocations, in milliseconds. */
const CATCH_UP_MS = 5000;
const MOST_AT_START = 1000;
/** Subjects of one round, enforced concurrently: each needs a few calls to MinIO. */
const BATCH = 8;

/**
 * Finishes what a crash, a timeout or an outage left: every second it looks for subjects that are due. Failures back off. Once MinIO was
 * seen away and is back, all failed subjects are due.
 */
@Injectable()
export class EnforcementWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Worker');
  readonly #loop = new Loop(() => this.work(), { logger: this.logger, retryMs: INTERVAL_MS });
  #tidyAt = 0;
  #isBack = false;

  constructor(
    private readonly subjects: DueStore,
    private readonly enforcer: SubjectEnforcer,
    private readonly sessions: IssuedStore,
    private readonly expiry: Expiry,
    private readonly minio: MinioAdmin,
  ) {}

  /** Pending revocations are applied before the service is ready. An unreachable MinIO does not prevent the start. */
  async onApplicationBootstrap(): Promise<void> {
    const waited = new AbortController();
    const limit = sleep(CATCH_UP_MS, undefined, { signal: waited.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.catchUp(), limit]);
    waited.abort();
    this.#loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  private async work(): Promise<number> {
    await this.tidy();
    await this.expiry.run();
    this.#isBack ||= await this.minio.isBack();
    // revocations do not back off: when MinIO is back, they are applied before any access is given
    const begun = performance.now();
    let more = await this.revoke();
    // other code checks MinIO too: MinIO may be up now and still have been away during this round's calls
    if (this.minio.mayBeAway || this.minio.failedSince(begun)) {
      this.#isBack ||= await this.minio.isBack();
      if (this.minio.mayBeAway) return INTERVAL_MS;
      // MinIO came back during the round: revoke once more before any access is given
      more = await this.revoke();
    }
    await this.hurry();
    const due = await this.subjects.due(BATCH);
    const redone = await this.together(due, (row) => this.enforcer.enforceFully(row).then(() => true));
    return more || (due.length === BATCH && redone) ? 0 : INTERVAL_MS;
  }

  /** Retries revocations that failed before; true when there may be more of them. */
  private async revoke(): Promise<boolean> {
    const tried = await this.subjects.revocations(BATCH, true);
    const revoked = await this.together(tried, (row) =>
      this.enforcer.enforceCommitted(row, performance.now()),
    );
    return tried.length === BATCH && revoked;
  }

  /** MinIO is back: failed subjects become due once no revocation is left. */
  private async hurry(): Promise<void> {
    if (!this.#isBack || (await this.subjects.revocations(1, true)).length > 0) return;
    await this.subjects.retryNow();
    this.#isBack = false;
  }

  /** Works concurrently on the rows that nothing else in this process works on; true when every one is done. */
  private async together(rows: SubjectRow[], work: (row: SubjectRow) => Promise<boolean>): Promise<boolean> {
    const idle = rows.filter((row) => !this.enforcer.isBusy(row));
    const results = await Promise.allSettled(idle.map(work));
    for (const result of results) if (result.status === 'rejected') this.logFailure(result.reason);
    return results.every((result) => result.status === 'fulfilled' && result.value);
  }

  private async catchUp(): Promise<void> {
    try {
      await this.expiry.run();
      for (const row of await this.subjects.revocations(MOST_AT_START))
        await this.enforcer.enforceCommitted(row, performance.now());
    } catch (error) {
      this.logFailure(error);
    }
  }

  private async tidy(): Promise<void> {
    if (performance.now() < this.#tidyAt) return;
    await this.sessions.forgetExpired();
    this.#tidyAt = performance.now() + TIDY_MS;
  }

  private logFailure(error: unknown): void {
    this.logger.warn(`postponed: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
