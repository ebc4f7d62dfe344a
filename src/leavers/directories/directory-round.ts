import { Injectable, Logger } from '@nestjs/common';
import { isAuthUnavailable } from '../../auth/authenticators/auth-http.js';
import { AppConfig } from '../../config/app-config.js';
import { brakeReason } from '../surveys/brake.js';
import { lookUps as lookUpsTotal } from '../metrics.js';
import { SurveysStore } from '../surveys/surveys.store.js';
import { Suspensions } from '../suspensions.js';
import type { LookUp } from './look-up.js';
import { LookUps } from './look-ups.js';
import { type MissingPerson, MissingStore } from './missing.store.js';

const WORDS = {
  many: 'are missing there',
  none: (asked: number) => `it knows none of the ${asked} people`,
};

/** Asks each directory about its people, and suspends those whom it does not have, or has disabled. */
@Injectable()
export class DirectoryRound {
  private readonly logger = new Logger('Leavers');

  constructor(
    private readonly lookUps: LookUps,
    private readonly store: MissingStore,
    private readonly surveys: SurveysStore,
    private readonly suspensions: Suspensions,
    private readonly config: AppConfig,
  ) {}

  /**
   * Throws only if the database or MinIO is away: a directory that does not answer suspends nobody, and the doctor says so. `isStopped`: the
   * service is stopping; the next round goes on.
   */
  async run(isStopped: () => boolean): Promise<void> {
    for (const each of this.lookUps.all) {
      const braked = await this.survey(each);
      // those whom an administrator has confirmed are not held back
      if (braked !== undefined && !this.config.leavers.dryRun)
        await this.suspend(each, braked !== null, isStopped);
    }
  }

  /** Marks who is missing. The reason why nobody may be suspended, null if there is none, undefined if the directory did not answer. */
  private async survey(lookUp: LookUp): Promise<string | null | undefined> {
    const { directory } = lookUp;
    const people = await this.store.people(directory);
    const missing = await this.missingIn(
      lookUp,
      people.map(({ name }) => name),
    );
    if (!missing) return undefined;
    await this.store.mark(directory, missing);
    const passed = new Set(people.filter((each) => each.passed).map(({ name }) => name));
    const recent = await this.store.suspendedWithinADay(directory);
    const braked = brakeReason(
      {
        people: people.length + recent,
        missing: missing.filter(({ name }) => !passed.has(name)).length + recent,
        asked: people.length,
        found: people.length - missing.filter(({ verdict }) => verdict === 'absent').length,
      },
      this.config.leavers.maxPercent,
      WORDS,
    );
    await this.surveys.record(directory, { people: people.length, missing: missing.length, braked });
    lookUpsTotal.inc({ directory, result: braked === null ? 'ok' : 'braked' });
    if (braked !== null)
      this.logger.error(`Nobody of ${directory} is suspended: ${braked}. See GET /admin/doctor`);
    return braked;
  }

  private async missingIn(lookUp: LookUp, names: readonly string[]): Promise<MissingPerson[] | undefined> {
    const { directory } = lookUp;
    try {
      const verdicts = await lookUp.verdictsOn(names);
      return names.flatMap((name) => {
        const verdict = verdicts.get(name);
        return verdict === 'absent' || verdict === 'disabled' ? [{ name, verdict }] : [];
      });
    } catch (error) {
      if (!isAuthUnavailable(error)) throw error;
      await this.surveys.record(directory, { failure: error.message });
      lookUpsTotal.inc({ directory, result: 'failed' });
      this.logger.warn(`The look-up of ${directory} gave nothing: ${error.message}`);
      return undefined;
    }
  }

  /** An absence counts when another round has seen it, too. */
  private async suspend({ directory }: LookUp, onlyPassed: boolean, isStopped: () => boolean): Promise<void> {
    const sinceMs = this.config.leavers.intervalSeconds * 500;
    let suspended = 0;
    for (const row of await this.store.missing(directory, sinceMs, onlyPassed)) {
      if (isStopped()) return;
      const done = await this.suspensions.suspend(row, {
        detail: { directory },
        reasonIn: (trx) => this.store.verdictOn(row.id, trx),
      });
      if (done) suspended += 1;
    }
    if (suspended > 0) this.logger.warn({ directory, suspended }, 'people have left the directory');
  }
}
