import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { LeaversReader, type SourceState } from '../../leavers/leavers-reader.js';
import { type Finding, notConfigured, ok } from './check.js';

const BRAKED =
  'Find out whether the directory is right. If the people are really gone: POST /admin/leavers/confirm. GET /admin/leavers lists them';
const IDLE =
  'Find out whether an old database was restored, a clock is wrong, or logins are not seen. If these people really do not log in any more: POST /admin/leavers/confirm. GET /admin/leavers lists them';
const AWAY =
  'Until it answers, nobody is suspended. Check the address, the token or client of the look-up, and its rights (docs/leavers.md)';
/** A round is missed if the latest look-up is so many intervals old. */
const MISSED = 3;

/** Whether people who have left lose access. */
@Injectable()
export class LeaverChecks {
  constructor(
    private readonly reader: LeaversReader,
    private readonly config: AppConfig,
  ) {}

  async leavers(): Promise<Finding> {
    const { dryRun, maxIdleDays, intervalSeconds } = this.config.leavers;
    const sources = await this.reader.sources();
    if (intervalSeconds === 0 || sources.length === 0)
      return notConfigured('Nobody is suspended (LEAVERS_INTERVAL_SECONDS, CREDENTIALS_MAX_IDLE_DAYS)');
    const trouble = sources.flatMap((each) => this.troubleOf(each));
    if (trouble.length > 0) {
      const remedy = [...new Set(trouble.map((each) => each.remedy))].join('. ');
      return { verdict: 'warning', detail: trouble.map(({ detail }) => detail).join('. '), remedy };
    }
    const directories = sources.filter(({ directory }) => directory !== 'idle');
    const asked = directories.map(
      ({ directory, latest }) =>
        `${directory} has ${latest?.missing ?? 0} of ${latest?.people ?? 0} people missing`,
    );
    const idle = maxIdleDays > 0 ? [`elsewhere ${maxIdleDays} days without a login suspend`] : [];
    return ok(`${dryRun ? 'Dry run: ' : ''}${[...asked, ...idle].join('; ')}`);
  }

  private troubleOf({ directory, latest }: SourceState): { detail: string; remedy: string }[] {
    if (!latest) return [];
    const since = latest.answered_at ? ` since ${latest.answered_at.toISOString()}` : '';
    if (latest.failure !== null)
      return [{ detail: `${directory} has not said who has left${since}: ${latest.failure}`, remedy: AWAY }];
    if (latest.braked !== null)
      return directory === 'idle'
        ? [{ detail: `Nobody is suspended for not having logged in: ${latest.braked}`, remedy: IDLE }]
        : [{ detail: `Nobody of ${directory} is suspended: ${latest.braked}`, remedy: BRAKED }];
    const oldMs = MISSED * this.config.leavers.intervalSeconds * 1000;
    if (Date.now() - latest.at.getTime() < oldMs) return [];
    return [
      {
        detail:
          directory === 'idle'
            ? `Idle users were last looked for at ${latest.at.toISOString()}`
            : `${directory} was last asked who has left at ${latest.at.toISOString()}`,
        remedy: 'See the log for why',
      },
    ];
  }
}
