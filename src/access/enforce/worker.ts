import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Enforcer } from './enforcer.js';
import { Leases } from './leases.js';
import { ProgressStore } from '../store/progress.store.js';
import { IssuedStore } from '../store/issued.store.js';

const INTERVAL_MS = 1000;
const TIDY_MS = 60_000;
/** Subjects of one round, all at once: each is a few calls to MinIO. */
const BATCH = 8;

/** Finishes what a crash, a time-out or an outage left: looks every second for subjects that are due. */
@Injectable()
export class Worker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Worker');
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;
  #tidyAt = 0;

  constructor(
    private readonly progress: ProgressStore,
    private readonly leases: Leases,
    private readonly enforcer: Enforcer,
    private readonly sessions: IssuedStore,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  private schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.runRound().then((more) => this.schedule(more ? 0 : INTERVAL_MS));
    }, delayMs);
    this.#timer.unref();
  }

  /** True when there may be more to do at once. */
  private async runRound(): Promise<boolean> {
    try {
      await this.tidy();
      const due = await this.progress.due(BATCH);
      const idle = due.filter((row) => !this.leases.isBusy(row));
      const results = await Promise.allSettled(idle.map((row) => this.enforcer.redo(row)));
      for (const result of results) if (result.status === 'rejected') this.tell(result.reason);
      return due.length === BATCH && results.every(({ status }) => status === 'fulfilled');
    } catch (error) {
      this.tell(error);
      return false;
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
