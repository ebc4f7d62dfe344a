import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { LeaseLost } from '../common/lease.js';
import { Loop } from '../common/loop.js';
import { AppConfig } from '../config/app-config.js';
import { StoredData } from '../minio/stored-data.js';
import type { DataDeletionRow } from '../database/schema.js';
import type { PrefixData } from '../minio/prefix-data.js';
import { DeletionStopped } from './deletion-lease.js';
import { claimRun, type DeletionRun } from './deletion-run.js';
import { DeletionsStore } from './deletions.store.js';

const INTERVAL_MS = 1000;
/** Concurrent deletions of one process: a large home must not block a small one. */
const AT_ONCE = 4;
/** How long a running batch may take to finish when the service stops, in milliseconds. */
const STOP_MS = 3000;

/** Runs deletions: new ones, and those that a crash, a timeout or an outage interrupted. */
@Injectable()
export class DeletionWorker implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('DeletionWorker');
  readonly #running = new Set<Promise<void>>();
  readonly #loop = new Loop(() => this.fill(), { logger: this.logger, retryMs: INTERVAL_MS });

  constructor(
    private readonly store: DeletionsStore,
    private readonly data: StoredData,
    private readonly config: AppConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    // PGlite allows only one process, so a former holder is dead
    if (!this.config.database.url) await this.store.expireAll();
  }

  onApplicationBootstrap(): void {
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
    const late = setTimeout(() => this.data.onApplicationShutdown(), STOP_MS);
    await Promise.all(this.#running);
    clearTimeout(late);
  }

  /** Claims at once what is due. */
  wake(): void {
    this.#loop.wake();
  }

  private async fill(): Promise<number> {
    const isStopped = (): boolean => this.#loop.isStopped;
    await this.store.decideUnconfirmed();
    while (!isStopped() && this.#running.size < AT_ONCE) {
      const run = await claimRun(this.store, (kind) => this.dataOf(kind), isStopped);
      if (!run) break;
      this.start(run);
    }
    return INTERVAL_MS;
  }

  private dataOf(kind: DataDeletionRow['subject_kind']): PrefixData {
    const { lake, products } = this.config;
    return this.data.in(kind === 'user' ? lake.bucket : products.bucket);
  }

  private start(run: DeletionRun): void {
    const running = run
      .run()
      .catch((error: unknown) => {
        if (!(error instanceof DeletionStopped || error instanceof LeaseLost)) this.logFailure(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  private logFailure(error: unknown): void {
    this.logger.warn(`postponed: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
