import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { systemActor } from '../../auth/system-actor.js';
import { AppConfig } from '../../config/app-config.js';
import { Database } from '../../database/schema.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { DeliveriesStore } from '../receiver/deliveries.store.js';
import { resyncRequest } from './requests.js';

/** Enqueues a resync at start, and periodically if configured: deliveries get lost, and the end of a grant is never reported. */
@Injectable()
export class Resync implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Resync');
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly db: Database,
    private readonly provisions: Provisions,
    private readonly deliveries: DeliveriesStore,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.products.portal || this.config.worker.role === 'api') return;
    this.schedule(100);
  }

  beforeApplicationShutdown(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  private schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const { resyncSeconds } = this.config.products;
      void this.ask().finally(() => resyncSeconds > 0 && this.schedule(resyncSeconds * 1000));
    }, ms);
    this.#timer.unref();
  }

  private async ask(): Promise<void> {
    try {
      await this.deliveries.tidy();
      const request = { ...resyncRequest(), origin: 'schedule' } as const;
      await this.db
        .transaction()
        .execute((trx) => this.provisions.acceptOnce(request, systemActor('minio-manager'), trx));
    } catch (error) {
      this.logger.warn(`postponed: ${error instanceof Error ? error.message : 'unknown failure'}`);
    }
  }
}
