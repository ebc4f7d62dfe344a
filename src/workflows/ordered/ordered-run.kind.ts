import { Injectable } from '@nestjs/common';
import { authorised } from '../../auth/system-actor.js';
import type { Actor } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
  Cancelled,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  type Wait,
} from '../../provisioning/kinds/kind.js';
import { outputsOf } from '../engine/prepare.js';
import { Planning } from '../plan/planning.js';
import type { RunRequest } from '../plan/run-request.js';
import { scoreText } from '../requests/score-field.js';
import { Runs } from '../runs/runs.js';
import type { Run } from '../runs/runs.store.js';
import { OrderedRunInput } from './ordered-run.dto.js';
import { OrderedRuns } from './ordered-runs.js';

/**
 * A run of a workflow as one provision, such as an item of an order plan. The run has the id of the provision, so an attempt after a crash finds
 * it; the provision waits for it. It is no dead letter: the run is.
 */
@Kind('workflow.run', OrderedRunInput, { partial: true, redrivable: false, lasting: false })
@Injectable()
export class OrderedRunKind implements ProvisionKind<OrderedRunInput> {
  constructor(
    private readonly planning: Planning,
    private readonly runs: Runs,
    protected readonly ordered: OrderedRuns,
  ) {}

  subjectOf({ provider, workflow, team, application }: OrderedRunInput): string {
    return `workflow.run:${JSON.stringify([provider, workflow, team ?? null, application ?? null])}`;
  }

  /** As the request for the run itself, quotas included. */
  async validate(input: OrderedRunInput, context: AskContext): Promise<void> {
    await this.planning.require(this.requestOf(input), authorised(context));
  }

  async plan(input: OrderedRunInput, context: AskContext): Promise<ShownChange[]> {
    const found = await this.planning.plan(this.requestOf(input), authorised(context));
    return found.plan.flatMap(({ step, type, changes }) =>
      found.planned_by_worker.includes(step) ? [unplanned(step, type)] : (changes ?? []),
    );
  }

  leaves(input: OrderedRunInput, context: AskContext): Promise<LeftThing[]> {
    return this.planning.leftBy(this.requestOf(input), authorised(context));
  }

  async apply(input: OrderedRunInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const { provisionId: id, actor } = context;
    // one that fails keeps it, for an undo
    if (context.saved === null) await context.save({ operations: [], run_id: id });
    const run = (await this.ordered.find(id)) ?? (await this.accept(input, id, actor));
    if (run.status === 'failed') throw new Problem('step_failed', run.error ?? 'It failed');
    if (run.status === 'cancelled') throw new Cancelled();
    if (run.status !== 'completed') return this.ordered.waitForEnd(run, id);
    return {
      operations: run.steps.flatMap(({ result }) => result?.operations ?? []),
      ...{ outputs: outputsOf(run), run_id: run.id },
    };
  }

  async undo(
    _: OrderedRunInput,
    { run_id: runId }: ProvisionResult,
    context: RunContext,
  ): Promise<ProvisionResult | Wait> {
    return typeof runId === 'string' ? this.ordered.undo(runId, context) : { operations: [] };
  }

  askToEnd(row: ProvisionRow, actor: Actor, trx: Executor): Promise<boolean> {
    return this.ordered.cancel(row.id, actor, trx);
  }

  /** One that is cancelled while it waits takes its run along, and so does one that has just accepted it. */
  async recorded(_: OrderedRunInput, row: ProvisionRow, trx: Executor): Promise<void> {
    const actor = { name: row.requested_by, kind: row.requested_by_kind };
    if (row.status === 'cancelled') await this.ordered.cancel(row.id, actor, trx);
  }

  protected requestOf({ score, parameters, ...names }: OrderedRunInput): RunRequest {
    return { ...names, score: scoreText(score), parameters: parameters as RunRequest['parameters'] };
  }

  /** Throws {@link Cancelled} if that came before the run. */
  private accept(input: OrderedRunInput, id: string, actor: AskContext): Promise<Run> {
    const request = { ...this.requestOf(input), id };
    return this.runs.request(request, authorised(actor), (trx) => this.ordered.requireRunning(id, trx));
  }
}

/** Stands for the changes of a step of which only a worker can tell them. */
function unplanned(step: string, type: string): ShownChange {
  return { change: 'planned_by_worker', target: `${type} ${step}`, before: null, after: null };
}
