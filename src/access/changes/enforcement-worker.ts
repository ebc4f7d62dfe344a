import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Loop } from '../../common/loop.js';
import type { SubjectRow } from '../../database/schema.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import { Expiry } from './expiry.js';
import { Enforcer } from '../enforce/enforcer.js';
import { ProgressStore } from '../enforce/progress.store.js';
import { IssuedStore } from '../subjects/issued.store.js';

const INTERVAL_MS = 1000;
const TIDY_MS = 60_000;
/** How long a start waits for what should be gone, in milliseconds. */
const CATCH_UP_MS = 5000;
const MOST_AT_START = 1000;
/** Subjects of one round, all at once: each is a few calls to MinIO. */
const BATCH = 8;

/**
 * Finishes what a crash, a time-out or an outage left: looks every second for subjects that are due. Failures back off, until MinIO was seen
 * to be away and is back: then all that failed are due.
 */
@Injectable()
export class EnforcementWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Worker');
  readonly #loop = new Loop(() => this.work(), { logger: this.logger, retryMs: INTERVAL_MS });
  #tidyAt = 0;
  #isBack = false;

  constructor(
    private readonly progress: ProgressStore,
    private readonly enforcer: Enforcer,
    private readonly sessions: IssuedStore,
    private readonly expiry: Expiry,
    private readonly minio: MinioAdmin,
  ) {}

  /** Before the service is ready, what should be gone is gone; MinIO away does not keep it from starting. */
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
    // what takes access away does not back off: when MinIO is back, it is done before anything is given
    const begun = performance.now();
    let more = await this.revoke();
    // others look at MinIO, too: that it is up now does not say that it was up for what was just tried
    if (this.minio.mayBeAway || this.minio.failedSince(begun)) {
      this.#isBack ||= await this.minio.isBack();
      if (this.minio.mayBeAway) return INTERVAL_MS;
      // it came back in the midst of that: once more, before anything is given
      more = await this.revoke();
    }
    await this.hurry();
    const due = await this.progress.due(BATCH);
    const redone = await this.together(due, (row) => this.enforcer.enforceFully(row).then(() => true));
    return more || (due.length === BATCH && redone) ? 0 : INTERVAL_MS;
  }

  /** Tries what takes access away and failed before; true when there may be more of it. */
  private async revoke(): Promise<boolean> {
    const tried = await this.progress.revocations(BATCH, true);
    const revoked = await this.together(tried, (row) =>
      this.enforcer.enforceCommitted(row, performance.now()),
    );
    return tried.length === BATCH && revoked;
  }

  /** MinIO is back: what failed is due, once nothing that takes access away is left to do. */
  private async hurry(): Promise<void> {
    if (!this.#isBack || (await this.progress.revocations(1, true)).length > 0) return;
    await this.progress.retryNow();
    this.#isBack = false;
  }

  /** Works on those that nobody here is working on, all at once; true when every one is done. */
  private async together(rows: SubjectRow[], work: (row: SubjectRow) => Promise<boolean>): Promise<boolean> {
    const idle = rows.filter((row) => !this.enforcer.isBusy(row));
    const results = await Promise.allSettled(idle.map(work));
    for (const result of results) if (result.status === 'rejected') this.tell(result.reason);
    return results.every((result) => result.status === 'fulfilled' && result.value);
  }

  private async catchUp(): Promise<void> {
    try {
      await this.expiry.run();
      for (const row of await this.progress.revocations(MOST_AT_START))
        await this.enforcer.enforceCommitted(row, performance.now());
    } catch (error) {
      this.tell(error);
    }
  }

  private async tidy(): Promise<void> {
    if (performance.now() < this.#tidyAt) return;
    await this.sessions.forgetExpired();
    this.#tidyAt = performance.now() + TIDY_MS;
  }

  private tell(error: unknown): void {
    this.logger.warn(`postponed: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
