import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { inLine, SYSTEM_LINE } from '../common/turns/line.js';
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
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;

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
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    const late = setTimeout(() => this.data.onApplicationShutdown(), STOP_MS);
    await Promise.all(this.#running);
    clearTimeout(late);
  }

  /** Checks immediately for due deletions. */
  wake(): void {
    clearTimeout(this.#timer);
    // the work belongs to the system's line, no matter which caller triggered it
    this.#round = inLine(SYSTEM_LINE, () => this.#round.then(() => this.fill()).then(() => this.schedule()));
  }

  private schedule(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), INTERVAL_MS);
    this.#timer.unref();
  }

  private async fill(): Promise<void> {
    try {
      if (this.#stopped) return;
      await this.store.decideUnconfirmed();
      while (!this.#stopped && this.#running.size < AT_ONCE) {
        const run = await claimRun(
          this.store,
          (kind) => this.dataOf(kind),
          () => this.#stopped,
        );
        if (!run) return;
        this.start(run);
      }
    } catch (error) {
      this.tell(error);
    }
  }

  private dataOf(kind: DataDeletionRow['subject_kind']): PrefixData {
    const { lake, products } = this.config;
    return this.data.in(kind === 'user' ? lake.bucket : products.bucket);
  }

  private start(run: DeletionRun): void {
    const running = run
      .run()
      .catch((error: unknown) => {
        if (!(error instanceof DeletionStopped)) this.tell(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  private tell(error: unknown): void {
    this.logger.warn(`postponed: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
