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
import { ProvidersStore } from '../providers.store.js';
import { reloadRequest } from './reload-request.js';

/** How often at most a process looks whether a round is due, in milliseconds. */
const MOST_MS = 30_000;

/** Asks for a load of all providers in Git each time that PROVIDER_RELOAD_SECONDS have passed since one of them was loaded. */
@Injectable()
export class ScheduledReloads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop: Loop;
  readonly #everyMs: number;

  constructor(
    private readonly db: Database,
    private readonly store: ProvidersStore,
    private readonly acceptOnce: AcceptOnce,
    private readonly config: AppConfig,
  ) {
    this.#everyMs = Math.min(config.providers.reloads.seconds * 1000, MOST_MS);
    this.#loop = new Loop(() => this.ask(), {
      logger: new Logger(ScheduledReloads.name),
      retryMs: this.#everyMs,
    });
  }

  onApplicationBootstrap(): void {
    if (this.#everyMs > 0 && this.config.worker.role !== 'api') this.#loop.start(this.#everyMs);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  /** Replicas that look at the same time ask once. */
  private async ask(): Promise<number> {
    await this.db.transaction().execute(async (trx) => {
      const names = (await this.store.movable(trx)).map(({ name }) => name);
      if (names.length === 0) return;
      await this.store.lock(names, trx);
      const request = { ...reloadRequest(), origin: 'schedule' } as const;
      if (!(await this.store.isReloadDue(this.config.providers.reloads.seconds, request.subject, trx)))
        return;
      await this.acceptOnce.all([{ request, context: systemActor('minio-manager') }], trx);
    });
    return this.#everyMs;
  }
}
