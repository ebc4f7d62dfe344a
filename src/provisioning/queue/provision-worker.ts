import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Loop } from '../../common/work/loop.js';
import { AppConfig } from '../../config/app-config.js';
import { Database } from '../../database/schema.js';
import { Runner } from './runner.js';
import { StalledStore } from './stalled.store.js';
import { TaskTransport } from './task-transport.js';

const INTERVAL_MS = 2000;

/** Runs provisions from the queue, and recovers those whose worker or job was lost. */
@Injectable()
export class ProvisionWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop = new Loop(() => this.recover(false), {
    logger: new Logger('ProvisionWorker'),
    retryMs: INTERVAL_MS,
  });

  constructor(
    private readonly db: Database,
    private readonly stalled: StalledStore,
    private readonly transport: TaskTransport,
    private readonly runner: Runner,
    private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.transport.start();
    const { role, concurrency } = this.config.worker;
    if (role === 'api') return;
    // PGlite allows only one process, so a former holder is dead
    await this.recover(!this.config.database.url);
    await this.transport.consume((id) => this.runner.run(id), concurrency);
    this.#loop.start(INTERVAL_MS);
  }

  /** Lets running provisions finish before the connections to MinIO and the database close; long ones are interrupted. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.runner.stop(), this.transport.stopConsuming()]);
    await this.transport.stop();
  }

  private async recover(everything: boolean): Promise<number> {
    await this.db.transaction().execute(async (trx) => {
      const given = await this.stalled.recover(everything, trx);
      const overslept = await this.stalled.overslept(trx);
      const forgotten = this.transport.isMoving ? await this.stalled.forgotten(this.runner.full, trx) : [];
      for (const id of new Set([...given, ...overslept, ...forgotten])) await this.transport.publish(id, trx);
    });
    await this.runner.endOverdue();
    return INTERVAL_MS;
  }
}
