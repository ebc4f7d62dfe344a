import { Injectable } from '@nestjs/common';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { Executor } from '../../database/schema.js';
import type { JsonObject } from '../../documents/model.js';
import type { Requirement } from '../../governance/judge.js';
import { Cancelled, type RunContext, Wait } from '../../provisioning/kinds/kind.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { factsOf, failedOf } from '../engine/prepare.js';
import { Rulings } from '../plan/rulings.js';
import { type PlannedStep, StepPlans } from '../plan/step-plans.js';
import { type Run, RunsStore } from '../runs/runs.store.js';
import { type Approval, ApprovalsStore } from './approvals.store.js';
import { differenceOf, digestOfPlan, type StepDifference } from './coverage.js';
import { isMet, stepRequirement } from './requirements.js';

/** A step may begin. */
export interface Passed {
  /** What it would change, as it was planned at this moment; null: nobody had to look, or it was not known. */
  planned: PlannedStep['changes'];
}

/** Stands before each step of a run: the policy must allow it as it is now, and people must have approved what needs it. */
@Injectable()
export class Gate {
  constructor(
    private readonly rulings: Rulings,
    private readonly plans: StepPlans,
    private readonly approvals: ApprovalsStore,
    private readonly provisions: Provisions,
    private readonly runs: RunsStore,
  ) {}

  /**
   * The step may begin with this input. A wait: people are asked. Throws a problem if the step is refused, and {@link Cancelled}
   * if people refused the run before it did anything.
   */
  async pass(run: Run, position: number, input: JsonObject, context: RunContext): Promise<Wait | Passed> {
    const open = run.approvals.find(({ state }) => state === 'open');
    if (open && !(await this.approvals.expire(open.id))) return this.waitFor(run, open);
    const ended = open ? { ...open, state: 'expired' as const } : refusedOf(run, position);
    if (ended) throw refusalOf(run, ended);
    await this.requireAllowed(run, position, input);
    const step = run.snapshot.steps[position];
    const ofStep = step?.type === 'approval' ? [stepRequirement(step.name, input)] : [];
    if (ofStep.length === 0 && !this.rulings.hasRules && run.approvals.length === 0) return { planned: null };
    return this.judge(run, position, ofStep, context);
  }

  private async judge(
    run: Run,
    position: number,
    ofStep: readonly Requirement[],
    context: RunContext,
  ): Promise<Wait | Passed> {
    const facts = factsOf(run);
    const isAllowed = async (at: number, input: JsonObject) =>
      (await this.rulings.step(run, at, input)).length === 0;
    const what = { snapshot: run.snapshot, facts, from: position, failed: failedOf(run), isAllowed };
    const { steps: plan } = await this.plans.of(what, context.actor);
    const { refusals, requirements } = this.rulings.rules(run, plan);
    const [refusal] = refusals;
    if (refusal) throw new Problem('not_allowed_step', refusal.rule, { errors: refusals });
    const approved = run.approvals.filter(({ state }) => state === 'approved');
    const unmet = [...requirements, ...ofStep].filter((each) => !isMet(each, approved));
    const [last] = approved.slice(-1);
    const [now] = plan;
    const difference = (last && now && differenceOf(last.plan, now)) ?? null;
    if (unmet.length === 0 && !difference) return { planned: now?.changes ?? null };
    const again = difference && last ? last.requirements : [];
    return this.ask(run, position, [...unmet, ...again], plan, difference);
  }

  private ask(
    run: Run,
    position: number,
    requirements: readonly Requirement[],
    plan: readonly PlannedStep[],
    difference: StepDifference | null,
  ): Wait {
    const digest = digestOfPlan(run, plan);
    const { id, provision_id } = run;
    const attempt = provision_id ?? '';
    const asked = { run_id: id, attempt, position, requirements, plan, plan_digest: digest, difference };
    const seconds = Math.min(...requirements.map(({ expires_in_seconds: each }) => each));
    const begin = async (trx: Executor): Promise<void> => {
      await this.approvals.ask(asked, trx);
      if (await this.runs.isCancelRequested(id, trx)) await this.provisions.wake(attempt, trx);
    };
    return new Wait(begin, seconds * 1000);
  }

  /** It may have been decided since the run was read: then the run goes on at once. */
  private waitFor(run: Run, { id, expires_at }: Approval): Wait {
    const begin = async (trx: Executor): Promise<void> => {
      const present = await this.approvals.of([run.id], trx);
      if (!present.some((each) => each.id === id && each.state === 'open'))
        await this.provisions.wake(run.provision_id ?? '', trx);
    };
    return new Wait(begin, Math.max(expires_at.getTime() - Date.now(), 1000));
  }

  /** Throws `not_allowed_step` if the policy does not allow the step. */
  private async requireAllowed(run: Run, position: number, input: JsonObject): Promise<void> {
    const refusals = await this.rulings.step(run, position, input);
    const [refusal] = refusals;
    if (refusal) throw new Problem('not_allowed_step', refusal.rule, { errors: refusals });
    const { duration_seconds: most } = this.rulings.limitsOf(run).limits;
    if (most !== undefined && msTaken(run, Date.now()) > most * 1000)
      throw brokenRule('duration', `a run may take ${most} seconds`, 'quota_exceeded');
  }
}

/** How long a run has taken since it was started or retried, in milliseconds, without the time in which it waited for people. */
function msTaken({ started_at, provision_id, approvals }: Run, now: number): number {
  const waited = approvals
    .filter(({ attempt }) => attempt === provision_id)
    .map(({ created_at, ended_at }) => (ended_at?.getTime() ?? now) - created_at.getTime());
  return started_at ? now - started_at.getTime() - waited.reduce((sum, each) => sum + each, 0) : 0;
}

/** What people refused at this step, since the run was started or retried. */
function refusedOf(run: Run, position: number): Approval | undefined {
  const [last] = run.approvals.filter(({ attempt }) => attempt === run.provision_id).slice(-1);
  const isRefused = last?.state === 'rejected' || last?.state === 'expired';
  return isRefused && last.position === position ? last : undefined;
}

function refusalOf(run: Run, { state, decisions }: Approval): Error {
  if (run.steps.every(({ provision_id }) => provision_id === null)) return new Cancelled();
  if (state === 'expired') return new Problem('not_possible', 'Nobody approved it in time');
  const by = decisions.find(({ decision }) => decision === 'reject');
  return new Problem('not_possible', `${by?.decided_by ?? 'Somebody'} rejected it: ${by?.comment ?? ''}`);
}
