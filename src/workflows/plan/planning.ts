import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { Facts, Snapshot } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { UNKNOWN } from '../../documents/references/unknown.js';
import type { Judgement, Requirement } from '../../governance/judge.js';
import { stepRequirement } from '../approvals/requirements.js';
import { AS_NOW, type LeftThing } from '../../provisioning/kinds/expected-things.js';
import type { AskContext } from '../../provisioning/kinds/kind.js';
import type { Counted } from '../quotas/holdings.js';
import { Quotas } from '../quotas/quotas.js';
import type { NewRun } from '../runs/runs.store.js';
import { Offers } from './offers.js';
import type { RunRequest } from './run-request.js';
import { Rulings } from './rulings.js';
import { type Planned, type PlannedStep, StepPlans } from './step-plans.js';

/** What a run would do, and what stands in its way. */
export interface RunPlan {
  plan: PlannedStep[];
  /** The steps of which only a worker can tell what they change. */
  planned_by_worker: string[];
  snapshot: Snapshot;
  rules: Judgement['rules'];
  approvals_needed: Requirement[];
  quota: Counted[];
}

/** A run that may be accepted. */
export interface Prepared {
  run: NewRun;
  plan: PlannedStep[];
  /** What has to be approved before its first step. Nothing, if only a worker can tell the plan: the worker asks. */
  requirements: Requirement[];
}

/** Looks at what a run would do before it is accepted: the same code up to the plan of each step. */
@Injectable()
export class Planning {
  constructor(
    private readonly offers: Offers,
    private readonly plans: StepPlans,
    private readonly rulings: Rulings,
    private readonly quotas: Quotas,
  ) {}

  /** Nothing is recorded or changed. Throws what the request would throw, but for a quota: that is shown. */
  async plan(request: RunRequest, context: AskContext): Promise<RunPlan> {
    const run = await this.offers.runOf(request, context);
    const { plan, judgement, byWorker } = await this.judged(run, context);
    const quota = await this.quotas.count(run, plan);
    const ofSteps = plan.flatMap((step) => approvalOf(step) ?? []);
    const { rules, requirements } = judgement;
    return {
      ...{ plan, planned_by_worker: byWorker, snapshot: run.snapshot, rules },
      ...{ approvals_needed: [...requirements, ...ofSteps], quota },
    };
  }

  /** Throws what the request would throw, for a quota too. */
  async require(request: RunRequest, context: AskContext): Promise<void> {
    const run = await this.offers.runOf(request, context);
    const { plan } = await this.judged(run, context);
    await this.quotas.requireNow(run, plan, context.taken);
  }

  /** What the run would leave. */
  async leftBy(request: RunRequest, context: AskContext): Promise<LeftThing[]> {
    const run = await this.offers.runOf(request, context);
    const isAllowed = () => Promise.resolve(false);
    return (await this.plans.of({ ...whatOf(run, context), isAllowed }, context)).left;
  }

  /** Checks a request. Throws a problem if it cannot be run, or the policy does not allow it. */
  async prepare(run: NewRun, context: RequestContext): Promise<Prepared> {
    const { plan, judgement, byWorker } = await this.judged(run, context);
    return { run, plan, requirements: byWorker.length > 0 ? [] : judgement.requirements };
  }

  private async judged(
    run: NewRun,
    context: AskContext,
  ): Promise<{ plan: PlannedStep[]; judgement: Judgement; byWorker: string[] }> {
    const { expected } = context;
    const governed = { ...run, requested_by: context.name, requested_by_kind: context.kind, expected };
    const isAllowed = async (position: number, input: JsonObject) =>
      (await this.rulings.step(governed, position, input)).length === 0;
    const what = { ...whatOf(run, context), isAllowed };
    const { steps: plan, byWorker } = await this.plans.of(what, context);
    const judgement = await this.rulings.of(governed, plan);
    const { refusals: errors } = judgement;
    const [first] = errors;
    if (first) throw new Problem('not_allowed_step', first.rule, { errors: errors.slice(0, 20) });
    return { plan, judgement, byWorker };
  }
}

/** All steps of a run that is not recorded yet. */
function whatOf(
  { snapshot, parameters, team, application }: NewRun,
  { name: requester, expected = AS_NOW }: AskContext,
): Omit<Planned, 'isAllowed'> {
  const facts: Facts = {
    ...{ inputs: parameters, outputs: {}, team, requester, runId: UNKNOWN },
    ...(application === null ? {} : { app: application }),
  };
  return { snapshot, facts, from: 0, failed: [], expected };
}

function approvalOf({ step, type, state, input }: PlannedStep): Requirement | undefined {
  return type === 'approval' && state !== 'skipped' ? stepRequirement(step, input as JsonObject) : undefined;
}
