import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { Actor } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { ProvisionActions } from '../../provisioning/records/provision-actions.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { digestOfPlan } from '../approvals/coverage.js';
import { WORKFLOW_KIND } from '../engine/workflow-kind-name.js';
import type { Prepared } from '../plan/planning.js';
import { ResourceStates } from '../resources/resource-states.js';
import { Quotas } from '../quotas/quotas.js';
import { type NewRun, type Run, RunsStore } from './runs.store.js';

/** The provisions that carry out runs. Every change is in the caller's transaction. */
@Injectable()
export class RunProvisions {
  constructor(
    private readonly store: RunsStore,
    private readonly quotas: Quotas,
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
    private readonly resources: ResourceStates,
  ) {}

  /**
   * Records a prepared run with what it counts and what people are asked. Undefined: another run stands in its way. Throws
   * `quota_exceeded`, and `run_in_progress` or `busy` if something else happens to a resource of its Score file.
   */
  async accept(
    id: string,
    { run, plan, requirements }: Prepared,
    context: RequestContext,
    trx: Executor,
  ): Promise<Run | undefined> {
    await this.quotas.require(run, plan, trx);
    const provisionId = await this.begin(id, run, plan, context, trx);
    if (provisionId === undefined) return undefined;
    if (requirements.length > 0) {
      const digest = digestOfPlan({ id, version: run.version }, plan);
      const asked = { run_id: id, attempt: provisionId, position: 0, requirements, plan };
      await this.store.ask({ ...asked, plan_digest: digest, difference: null }, trx);
    }
    return this.store.load(id, trx);
  }

  /**
   * Records a run that is a part of another one, and returns its provision: no limit counts it, and people are asked before its steps.
   * Undefined: another run stands in its way. Call {@link lockTeam} before.
   */
  acceptPart(run: NewRun, context: RequestContext, trx: Executor): Promise<string | undefined> {
    return this.begin(randomUUID(), run, [], context, trx);
  }

  /** Lets requests of the team of a run wait until the transaction ends. */
  lockTeam(run: Pick<Run, 'team_id'>, trx: Executor): Promise<void> {
    return this.quotas.lock(run, trx);
  }

  private async begin(
    id: string,
    run: NewRun,
    plan: Prepared['plan'],
    context: RequestContext,
    trx: Executor,
  ): Promise<string | undefined> {
    if (!(await this.store.create({ ...run, id, plan }, context, trx))) return undefined;
    await this.resources.record(id, run, trx);
    const metadata = { team: run.team, provider: run.provider, workflow: run.workflow };
    const { id: provisionId } = await this.provisions.accept(
      {
        ...{ kind: WORKFLOW_KIND, input: { run_id: id }, origin: 'api', subject: `workflow:${id}` },
        metadata,
      },
      context,
      trx,
    );
    await this.store.carriedOutBy(id, provisionId, trx);
    const detail = { run_id: id, ...metadata, version: run.version, application: run.application };
    await appendAudit(trx, context, { action: 'workflow.requested', detail });
    return provisionId;
  }

  /** Lets a failed run go on. Throws `not_possible` if it has not failed, and `quota_exceeded`. */
  async again(run: Run, context: RequestContext, trx: Executor): Promise<void> {
    const row = await this.actions.redriveIn(run.provision_id ?? '', context, trx);
    if (!row) throw new Problem('not_possible', 'It has not failed');
    await this.quotas.requireAgain(run, trx);
    await this.store.restart(run.id, row.id, trx);
    await this.resources.madeAgain(run.id, trx);
  }

  /** The provision that carried out a run. Call it before the transaction: an embedded database has one connection. */
  of(run: Run): Promise<ProvisionRow> {
    return this.provisions.require(run.provision_id ?? '');
  }

  /** Begins the undo of a run that has ended; returns the provision that carries it out. */
  async undo(run: Run, done: ProvisionRow, context: Actor, trx: Executor): Promise<string> {
    const { id } = await this.actions.undoIn(done, 'api', context, trx);
    await this.store.beginUndo(run.id, trx);
    return id;
  }

  /** Asks a run to end, and cancels the step that has not started; the run goes on if it waits for people. */
  async cancel({ id, provision_id }: Run, context: Actor, trx: Executor): Promise<void> {
    // first, so that an attempt which ends at this moment sees the request, or is woken
    await this.provisions.lock(provision_id ?? '', trx);
    if (!(await this.store.requestCancel(id, trx))) throw new Problem('not_possible', 'It has ended');
    const part = await this.store.waitingPart(id, trx);
    if (part === undefined) await this.provisions.wake(provision_id ?? '', trx);
    else await this.actions.cancelIn(part, context, trx);
  }
}
