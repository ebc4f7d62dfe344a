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
import { AcceptOnce, type RequestBy } from '../../provisioning/records/accept-once.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { reconcileRequest } from '../reconcile/requests.js';

const MOST_MS = 30_000;

/** Reconciles a consumer when one of its ports ends by date. The time is stored with the product, so a restart loses none. */
@Injectable()
export class ScheduledReconciles implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop = new Loop(() => this.ask(), {
    logger: new Logger('ScheduledReconciles'),
    retryMs: MOST_MS,
  });

  constructor(
    private readonly db: Database,
    private readonly products: DataProductsStore,
    private readonly acceptOnce: AcceptOnce,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { portal, postgres } = this.config.products;
    if ((portal || postgres) && this.config.worker.role !== 'api') this.#loop.start(MOST_MS / 60);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  /** Milliseconds until the next end, within the limits. */
  private async ask(): Promise<number> {
    await this.db.transaction().execute(async (trx) => {
      const context = systemActor('minio-manager');
      const requests = (await this.products.takeDue(trx)).map((ref): RequestBy => ({
        request: { ...reconcileRequest(ref), origin: 'schedule' },
        context,
      }));
      await this.acceptOnce.all(requests, trx);
    });
    const waits = await this.products.nextDueMs();
    return Math.min(Math.max(waits ?? MOST_MS, 1000), MOST_MS);
  }
}
