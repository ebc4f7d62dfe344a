import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type Executor } from '../../database/schema.js';
import { RunProvisions } from './run-provisions.js';
import { Runs } from './runs.js';
import type { Run } from './runs.store.js';

/** Another run of the same team, workflow and application is active. */
const UNIQUE_VIOLATION = '23505';

/** What people do with a run: retry, undo, cancel. */
@Injectable()
export class RunActions {
  constructor(
    private readonly db: Database,
    private readonly runs: Runs,
    private readonly provisions: RunProvisions,
  ) {}

  /** Goes on at the step that failed, with the same snapshot and parameters; after a rollback from the start. */
  retry(run: Run, context: RequestContext): Promise<Run> {
    return this.change(run, 'workflow.retried', context, (trx) => this.provisions.again(run, context, trx));
  }

  /** Takes back what the run newly made, in reverse order. What existed before, or was changed since, stays. */
  async undo(run: Run, context: RequestContext): Promise<Run> {
    if (run.active) throw new Problem('not_possible', 'It has not ended');
    const done = await this.provisions.of(run);
    return this.change(run, 'workflow.undone', context, async (trx) => {
      await this.provisions.undo(run, done, context, trx);
    });
  }

  /** Ends a run: a step that has not started is cancelled, one that runs is waited for. What was made stays until it is undone. */
  cancel(run: Run, context: RequestContext): Promise<Run> {
    return this.change(run, 'workflow.cancelled', context, (trx) =>
      this.provisions.cancel(run, context, trx),
    );
  }

  private async change(
    run: Run,
    action: string,
    context: RequestContext,
    work: (trx: Executor) => Promise<void>,
  ): Promise<Run> {
    const { id, team, provider, workflow } = run;
    try {
      await this.db.transaction().execute(async (trx) => {
        await work(trx);
        await appendAudit(trx, context, { action, detail: { run_id: id, team, provider, workflow } });
      });
    } catch (error) {
      throw (error as { code?: unknown }).code === UNIQUE_VIOLATION ? await this.runs.inTheWay(run) : error;
    }
    return this.runs.require(id);
  }
}
