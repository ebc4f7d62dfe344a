import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { LeaversStore } from './leavers.store.js';
import { Suspensions } from './suspensions.js';

const PAGE = 200;

/** Suspends users who have not logged in for too long, where no directory can be asked about them. */
@Injectable()
export class IdleRound {
  private readonly logger = new Logger('Leavers');

  constructor(
    private readonly store: LeaversStore,
    private readonly suspensions: Suspensions,
    private readonly config: AppConfig,
  ) {}

  /** `isStopped`: the service is stopping; the next round goes on. */
  async run(isStopped: () => boolean): Promise<void> {
    const { maxIdleDays: days, dryRun } = this.config.leavers;
    if (days === 0 || dryRun) return;
    let suspended = 0;
    for (let after: string | undefined; ;) {
      const page = await this.store.idle(after, PAGE);
      for (const { id, name } of page) {
        if (isStopped()) return;
        const reasonIn: Parameters<Suspensions['suspend']>[1]['reasonIn'] = async (trx) =>
          (await this.store.isStillIdle(id, trx)) ? 'idle' : undefined;
        if (await this.suspensions.suspend({ id, name }, { reasonIn })) suspended += 1;
      }
      after = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
    if (suspended > 0) this.logger.warn({ suspended, days }, 'users have not logged in for too long');
  }
}
