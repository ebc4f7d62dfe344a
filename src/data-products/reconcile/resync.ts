import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { systemActor } from '../../auth/system-actor.js';
import { Loop } from '../../common/work/loop.js';
import { AppConfig } from '../../config/app-config.js';
import { Database } from '../../database/schema.js';
import { AcceptOnce } from '../../provisioning/records/accept-once.js';
import { DeliveriesStore } from '../receiver/deliveries.store.js';
import { resyncRequest } from './requests.js';

/** When the database could not be asked, in milliseconds. */
const RETRY_MS = 10_000;

/** Enqueues a resync at start, and periodically if configured: deliveries get lost, and the end of a grant is never reported. */
@Injectable()
export class Resync implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop = new Loop(() => this.ask(), { logger: new Logger('Resync'), retryMs: RETRY_MS });

  constructor(
    private readonly db: Database,
    private readonly acceptOnce: AcceptOnce,
    private readonly deliveries: DeliveriesStore,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.products.portal || this.config.worker.role === 'api') return;
    this.#loop.start(100);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  private async ask(): Promise<number | undefined> {
    await this.deliveries.tidy();
    const request = { ...resyncRequest(), origin: 'schedule' } as const;
    const context = systemActor('minio-manager');
    await this.db.transaction().execute((trx) => this.acceptOnce.all([{ request, context }], trx));
    const { resyncSeconds } = this.config.products;
    return resyncSeconds > 0 ? resyncSeconds * 1000 : undefined;
  }
}
