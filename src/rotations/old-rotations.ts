import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Loop } from '../common/work/loop.js';
import { AppConfig } from '../config/app-config.js';
import { RotationsStore } from './rotations.store.js';

/** Who was rotated is kept so long after the end of a run, in days. */
const KEPT_DAYS = 90;
const INTERVAL_MS = 3_600_000;
const FIRST_MS = 1000;

/** Deletes what old runs did to whom. Their provisions and the audit log go on telling how they ended. */
@Injectable()
export class OldRotations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('OldRotations');
  readonly #loop = new Loop(() => this.forget(), { logger: this.logger, retryMs: INTERVAL_MS });

  constructor(
    private readonly store: RotationsStore,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.worker.role !== 'api') this.#loop.start(FIRST_MS);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  private async forget(): Promise<number> {
    const runs = await this.store.forgetOld(KEPT_DAYS);
    if (runs > 0) this.logger.log({ runs }, 'rotations of long ago were deleted');
    return INTERVAL_MS;
  }
}
