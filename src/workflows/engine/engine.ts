import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { Cancelled, type ProvisionResult, type RunContext, Wait } from '../../provisioning/kinds/kind.js';
import { Gate } from '../approvals/gate.js';
import { holdingOf } from '../quotas/holdings.js';
import type { Run } from '../runs/runs.store.js';
import { RunsStore } from '../runs/runs.store.js';
import { StepsStore } from '../runs/steps.store.js';
import { type Decision, decide, decideUndo } from './decide.js';
import { Parts } from './parts.js';
import { failedOf, outputsOf, prepare } from './prepare.js';
import { ResourceUndo } from './resource-undo.js';
import { statesOf } from './states.js';
import { takenBack } from './taken-back.js';
import { isIn, type Whole } from './wholes.js';

/** How often to look at what does not wake the run, in milliseconds. */
const RECHECK_MS = 2000;

/** Carries a run forward, or takes it back, until it has to wait for a step. */
@Injectable()
export class Engine {
  constructor(
    private readonly store: RunsStore,
    private readonly steps: StepsStore,
    private readonly parts: Parts,
    private readonly gate: Gate,
    private readonly resources: ResourceUndo,
  ) {}

  /** Begins the next step. Throws `step_failed` when a step has failed for good, after the rollback if there is one. */
  async forward(runId: string, context: RunContext): Promise<ProvisionResult | Wait> {
    for (;;) {
      const run = await this.require(runId);
      if (run.provision_id !== context.provisionId)
        throw new Problem('not_possible', 'A run is repeated with POST /api/workflows/{id}/retry');
      const course = { onFailure: run.snapshot.onFailure, cancelRequested: run.cancel_requested };
      const isBack = course.onFailure === 'rollback' && failedOf(run).length > 0;
      const wholes = isBack ? await this.resources.of(run, context.actor) : [];
      const decision = decide(statesOf(run, this.parts, wholes), course);
      const end = await this.follow(run, decision, wholes, context);
      if (end) return end;
    }
  }

  /** Undoes what the run made, in reverse order. Throws `undo_failed` when a step cannot be undone. */
  async backward(runId: string, context: RunContext): Promise<ProvisionResult | Wait> {
    const run = await this.require(runId);
    const wholes = await this.resources.of(run, context.actor);
    const decision = decideUndo(statesOf(run, this.parts, wholes));
    const end = await this.follow(run, decision, wholes, context);
    return end ?? this.backward(runId, context);
  }

  /** Undefined: nothing is to be waited for, and the next decision is to be made. */
  private async follow(
    run: Run,
    decision: Decision,
    wholes: readonly Whole[],
    context: RunContext,
  ): Promise<ProvisionResult | Wait | undefined> {
    switch (decision.next) {
      case 'wait':
        return new Wait(() => Promise.resolve(), RECHECK_MS);
      case 'begin':
        return this.begin(run, decision.position, context);
      case 'undo':
        return this.undo(run, decision.position, wholes, context);
      case 'complete':
        return { operations: operationsOf(run), outputs: outputsOf(run) };
      case 'undone':
        return { operations: takenBack(run) };
      case 'cancel':
        throw new Cancelled();
      default:
        throw failureOf(run, decision);
    }
  }

  private async begin(run: Run, position: number, context: RunContext): Promise<Wait | undefined> {
    try {
      const prepared = prepare(run, position);
      if ('skip' in prepared) {
        await this.steps.skip(run.id, position, prepared.skip);
        return undefined;
      }
      const passed = await this.gate.pass(run, position, prepared.input, context);
      if (passed instanceof Wait) return passed;
      const begun = { ...prepared, ...passed };
      const request = await this.parts.check(run, position, begun, context);
      return new Wait(async (trx) => {
        const { id } = await this.parts.accept(request, context, trx);
        const held = holdingOf(run.steps[position]?.type ?? '', prepared.input);
        await this.steps.began(run.id, position, id, held, trx);
      });
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      await this.steps.refuse(run.id, position, error.message, error.code);
      return undefined;
    }
  }

  private async undo(
    run: Run,
    position: number,
    wholes: readonly Whole[],
    context: RunContext,
  ): Promise<Wait | undefined> {
    const whole = wholes.find(({ resource }) => isIn(resource, run.steps[position]?.name ?? ''));
    if (whole) return this.resources.undo(run, whole, context);
    const made = await this.parts.madeBy(run, position);
    // an administrator may have asked for it past the run
    const present = await this.parts.undoOf(made);
    return new Wait(
      async (trx) => {
        const { id } = present ?? (await this.parts.undo(made, context, trx));
        await this.steps.undoBegan(run.id, [position], id, trx);
      },
      present ? RECHECK_MS : 0,
    );
  }

  private async require(runId: string): Promise<Run> {
    const run = await this.store.load(runId);
    if (!run) throw new Problem('not_found', 'There is no such run');
    return run;
  }
}

function operationsOf({ steps }: Run): ProvisionResult['operations'] {
  return steps.flatMap(({ result }) => result?.operations ?? []);
}

function failureOf({ steps }: Run, decision: Extract<Decision, { position: number }>): Problem {
  const step = steps[decision.position];
  const isUndo = decision.next === 'undo_failed';
  const reason = isUndo ? step?.undo_error : (step?.refused ?? step?.error);
  const verb = isUndo ? 'could not be undone' : 'failed';
  return new Problem(
    isUndo ? 'undo_failed' : 'step_failed',
    `Step ${step?.name} ${verb}: ${reason ?? 'it was cancelled'}`,
  );
}
