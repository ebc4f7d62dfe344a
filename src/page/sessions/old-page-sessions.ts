import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Loop } from '../../common/work/loop.js';
import { PageSessionsStore } from './page-sessions.store.js';

const INTERVAL_MS = 600_000;

/** Deletes sessions that have ended by themselves: none of them counts any more, so nothing waits for it. */
@Injectable()
export class OldPageSessions implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop = new Loop(() => this.forget(), {
    logger: new Logger('OldPageSessions'),
    retryMs: INTERVAL_MS,
  });

  constructor(private readonly store: PageSessionsStore) {}

  onApplicationBootstrap(): void {
    this.#loop.start(INTERVAL_MS);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  private async forget(): Promise<number> {
    await this.store.forgetEnded();
    return INTERVAL_MS;
  }
}
