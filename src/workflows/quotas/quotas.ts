import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { Database, type Executor } from '../../database/schema.js';
import { type Governed, Rulings } from '../plan/rulings.js';
import { TakenTogether } from '../../provisioning/kinds/taken-together.js';
import type { PlannedStep } from '../plan/step-plans.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { count, type Counted, exceeded, type Holding, holdingOf } from './holdings.js';
import { QuotasStore } from './quotas.store.js';

type OfTeam = Pick<Governed, 'team'> & { team_id: string };
type Named = Pick<Governed, 'provider' | 'workflow' | 'application'>;

/** What a run takes. */
interface RunTaken {
  subject: string;
  held: readonly Holding[];
}

/** The limits of teams. */
@Injectable()
export class Quotas {
  constructor(
    private readonly db: Database,
    private readonly store: QuotasStore,
    private readonly rulings: Rulings,
  ) {}

  /** Each limit of the team with what is used and what a run with this plan asks for. */
  async count(run: OfTeam, plan: readonly PlannedStep[], db: Executor = this.db): Promise<Counted[]> {
    return this.counted(run, heldBy(plan), db);
  }

  /**
   * Throws `quota_exceeded` if a run would exceed a limit of its team. Call it in the transaction that accepts the run: requests of one team
   * are counted one after the other.
   */
  async require(run: OfTeam, plan: readonly PlannedStep[], trx: Executor): Promise<void> {
    await this.requireFor(run, heldBy(plan), trx);
  }

  /**
   * Like {@link require}, as it is now: a request that is accepted meanwhile is not counted. With other runs of an order plan, their sum is what
   * may not exceed a limit: otherwise the plan would fail halfway.
   */
  async requireNow(
    run: OfTeam & Named,
    plan: readonly PlannedStep[],
    taken = new TakenTogether(),
  ): Promise<void> {
    const subject = JSON.stringify([run.provider, run.workflow, run.application]);
    const own: RunTaken = { subject, held: heldBy(plan) };
    const owner = `team ${run.team_id}`;
    const before = taken.of<RunTaken>(owner);
    // runs of one workflow for one application wait for each other
    const beside = before.filter(({ isBeside, what }) => isBeside && what.subject !== subject);
    const asked = [...before.map(({ what }) => what), own];
    refuse(
      run,
      count(
        this.rulings.limitsOf(run),
        await this.store.usage(run.team_id, this.db),
        asked.flatMap(({ held }) => held),
        { active: new Set(beside.map(({ what }) => what.subject)).size + 1, today: asked.length },
      ),
    );
    taken.add(owner, own);
  }

  /** Like {@link require}, for a run that has ended and is started again. */
  async requireAgain(run: OfTeam & Pick<Run, 'steps'>, trx: Executor): Promise<void> {
    const asked = run.steps.filter((step) => step.counted && !isHeld(step)).map(holdingIn);
    await this.requireFor(run, asked, trx);
  }

  /** Lets requests of a team wait for each other, as {@link require} does. */
  lock({ team_id: teamId }: Pick<OfTeam, 'team_id'>, trx: Executor): Promise<void> {
    return this.store.lockTeam(teamId, trx);
  }

  private async requireFor(run: OfTeam, asked: readonly Holding[], trx: Executor): Promise<void> {
    await this.lock(run, trx);
    refuse(run, await this.counted(run, asked, trx));
  }

  private async counted(run: OfTeam, asked: readonly Holding[], db: Executor): Promise<Counted[]> {
    return count(this.rulings.limitsOf(run), await this.store.usage(run.team_id, db), asked);
  }
}

/** Throws `quota_exceeded` if a limit would be exceeded. */
function refuse({ team }: OfTeam, counted: readonly Counted[]): void {
  const errors = exceeded(counted).map(({ limit, used, asked, allowed }) => ({
    field: limit,
    rule: `${team} has ${used}, asks for ${asked} more, and may have ${allowed}`,
  }));
  const [first] = errors;
  if (first) throw new Problem('quota_exceeded', `${first.field}: ${first.rule}`, { errors });
}

/** What the steps of a plan make, as far as their inputs are known. */
function heldBy(plan: readonly PlannedStep[]): Holding[] {
  const carriedOut = plan.filter(({ state }) => state !== 'skipped');
  const held = carriedOut.flatMap(({ type, input }) => holdingOf(type, input) ?? []);
  return held.filter(({ gone }) => !gone);
}

function holdingIn({ type, holds, holds_bytes }: StepRow): Holding {
  return { type, name: holds, bytes: holds_bytes === null ? null : Number(holds_bytes) };
}

/** Whether a step counts at present, as it is when its run has ended. */
function isHeld({ status, undo_status }: StepRow): boolean {
  return status === 'completed' && undo_status !== 'completed';
}
