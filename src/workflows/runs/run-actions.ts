import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type Executor } from '../../database/schema.js';
import { ProvisionActions } from '../../provisioning/records/provision-actions.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { Runs } from './runs.js';
import { type Run, RunsStore } from './runs.store.js';

/** Another run of the same team, workflow and application is active. */
const UNIQUE_VIOLATION = '23505';

/** What people do with a run: retry, undo, cancel. */
@Injectable()
export class RunActions {
  constructor(
    private readonly db: Database,
    private readonly store: RunsStore,
    private readonly runs: Runs,
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
  ) {}

  /** Goes on at the step that failed, with the same snapshot and parameters; after a rollback from the start. */
  async retry(id: string, context: RequestContext): Promise<Run> {
    const run = await this.runs.require(id);
    return this.change(run, 'workflow.retried', context, async (trx) => {
      const row = await this.actions.redriveIn(run.provision_id ?? '', context, trx);
      if (!row) throw new Problem('not_possible', 'It has not failed');
      await this.store.restart(id, row.id, trx);
    });
  }

  /** Takes back what the run newly made, in reverse order. What existed before, or was changed since, stays. */
  async undo(id: string, context: RequestContext): Promise<Run> {
    const run = await this.runs.require(id);
    if (run.active) throw new Problem('not_possible', 'It has not ended');
    const done = await this.provisions.require(run.provision_id ?? '');
    return this.change(run, 'workflow.undone', context, async (trx) => {
      await this.actions.undoIn(done, 'api', context, trx);
      await this.store.beginUndo(id, trx);
    });
  }

  /** Ends a run: a step that has not started is cancelled, one that runs is waited for. What was made stays until it is undone. */
  async cancel(id: string, context: RequestContext): Promise<Run> {
    const run = await this.runs.require(id);
    return this.change(run, 'workflow.cancelled', context, async (trx) => {
      if (!(await this.store.requestCancel(id, trx))) throw new Problem('not_possible', 'It has ended');
      const part = await this.store.waitingPart(id, trx);
      if (part !== undefined) await this.actions.cancelIn(part, context, trx);
    });
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
