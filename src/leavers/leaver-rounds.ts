import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SharedRounds } from '../access/leases/shared-rounds.js';
import { Loop } from '../common/work/loop.js';
import { AppConfig } from '../config/app-config.js';
import { DirectoryRound } from './directories/directory-round.js';
import { IdleRound } from './idle/idle-round.js';
import { leaverRounds } from './metrics.js';

const LEASE = 'leavers';
/** How often within an interval a replica checks whether a round is due. */
const CHECKS_PER_INTERVAL = 5;

/** Suspends those who have left, in rounds, one replica at a time. */
@Injectable()
export class LeaverRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Leavers');
  readonly #intervalMs: number;
  readonly #checkMs: number;
  readonly #loop: Loop;

  constructor(
    private readonly rounds: SharedRounds,
    private readonly directories: DirectoryRound,
    private readonly idle: IdleRound,
    config: AppConfig,
  ) {
    this.#intervalMs = config.leavers.intervalSeconds * 1000;
    this.#checkMs = this.#intervalMs / CHECKS_PER_INTERVAL;
    this.#loop = new Loop(() => this.runIfDue(), { logger: this.logger, retryMs: this.#checkMs });
  }

  onApplicationBootstrap(): void {
    if (this.#intervalMs > 0) this.#loop.start(this.#checkMs);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  private async runIfDue(): Promise<number> {
    const ran = await this.rounds.run(LEASE, this.#intervalMs, () => this.run());
    return ran ? this.#intervalMs : this.#checkMs;
  }

  private async run(): Promise<void> {
    try {
      await this.directories.run(() => this.#loop.isStopped);
      await this.idle.run(() => this.#loop.isStopped);
      leaverRounds.inc({ result: 'ok' });
    } catch (error) {
      leaverRounds.inc({ result: 'failed' });
      throw error;
    }
  }
}
