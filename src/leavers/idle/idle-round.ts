import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { brakeReason } from '../surveys/brake.js';
import { lookUps } from '../metrics.js';
import { SurveysStore } from '../surveys/surveys.store.js';
import { Suspensions } from '../suspensions.js';
import { IdleStore } from './idle.store.js';

const PAGE = 200;

/** Suspends users who have not logged in for too long, where no directory can be asked about them. */
@Injectable()
export class IdleRound {
  private readonly logger = new Logger('Leavers');

  constructor(
    private readonly store: IdleStore,
    private readonly surveys: SurveysStore,
    private readonly suspensions: Suspensions,
    private readonly config: AppConfig,
  ) {}

  /** `isStopped`: the service is stopping; the next round goes on. */
  async run(isStopped: () => boolean): Promise<void> {
    const { maxIdleDays: days, dryRun } = this.config.leavers;
    if (days === 0) return;
    const braked = await this.survey();
    if (dryRun) return;
    let suspended = 0;
    for (let after: string | undefined; ;) {
      // those whom an administrator has confirmed are not held back
      const page = await this.store.page(after, PAGE, braked !== null);
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

  /** The reason why nobody may be suspended, null if there is none. */
  private async survey(): Promise<string | null> {
    const { maxIdleDays: days, maxPercent } = this.config.leavers;
    const { idle, ...found } = await this.store.survey();
    const braked = brakeReason(found, maxPercent, {
      many: `have not logged in for ${days} days`,
      none: (asked) => `none of the ${asked} people has logged in for ${days} days`,
    });
    await this.surveys.record('idle', { people: found.asked, missing: idle, braked });
    lookUps.inc({ directory: 'idle', result: braked === null ? 'ok' : 'braked' });
    if (braked !== null)
      this.logger.error(`Nobody is suspended for not having logged in: ${braked}. See GET /admin/doctor`);
    return braked;
  }
}
