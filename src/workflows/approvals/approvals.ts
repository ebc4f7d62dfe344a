import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type Executor } from '../../database/schema.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import type { Run } from '../runs/runs.store.js';
import { Teams } from '../runs/teams.js';
import {
  type Approval,
  type Approver,
  ApprovalsStore,
  type Decision,
  type OpenApproval,
} from './approvals.store.js';
import { missing } from './requirements.js';

/** What somebody says to what is asked. */
export interface Saying {
  decision: Decision['decision'];
  /** Of the plan that was seen; undefined for a rejection. */
  digest?: string | undefined;
  comment?: string | undefined;
}

/** What people decide about runs that wait for them. */
@Injectable()
export class Approvals {
  constructor(
    private readonly db: Database,
    private readonly store: ApprovalsStore,
    private readonly teams: Teams,
    private readonly provisions: Provisions,
  ) {}

  /**
   * Records what the caller says, and lets the run go on when that is enough. Throws `plan_changed` if another plan was seen, `forbidden` if
   * the caller is the requester or not among those who are asked, and `already_decided`.
   */
  async decide(run: Run, saying: Saying, context: RequestContext): Promise<void> {
    // before the transaction: an embedded database has one connection
    const approver = await this.teams.approver(context);
    await this.db.transaction().execute(async (trx) => {
      // before the approval is read: an attempt that ends at this moment sees the decision, or is woken
      await this.provisions.lock(run.provision_id ?? '', trx);
      const approval = (await this.store.of([run.id], trx)).find(({ state }) => state === 'open');
      if (!approval || (await this.store.expire(approval.id, trx)))
        throw new Problem('not_possible', 'It waits for nobody');
      if (saying.digest !== undefined && saying.digest !== approval.plan_digest)
        throw new Problem('plan_changed', 'The plan is another one by now: read it again');
      const counts = countsOf(run, approval, saying, context, approver);
      await this.record({ run, approval, counts }, saying, context, trx);
    });
  }

  /** The open ones that the caller may approve, the oldest first. */
  async waitingFor(
    context: RequestContext,
    page: { limit: number; after: string | undefined },
  ): Promise<OpenApproval[]> {
    return this.store.openFor(await this.teams.approver(context), page);
  }

  private async record(
    { run, approval, counts: requirements }: { run: Run; approval: Approval; counts: number[] },
    { decision, comment: said }: Saying,
    context: RequestContext,
    trx: Executor,
  ): Promise<void> {
    const comment = said ?? null;
    const made = { approval_id: approval.id, decided_by: context.name, decision, comment, requirements };
    if (!(await this.store.decide(made, trx)))
      throw new Problem('already_decided', 'You have approved it already');
    const { id, team, provider, workflow } = run;
    const detail = { run_id: id, team, provider, workflow, plan_digest: approval.plan_digest, comment };
    await appendAudit(trx, context, { action: AUDITED[decision], detail });
    if (decision === 'reject') await this.store.end(approval.id, 'rejected', trx);
    else {
      const others = approval.decisions.filter(({ decided_by }) => decided_by !== context.name);
      const decisions = [...others, { ...made, decided_at: new Date() }];
      if (missing(approval.requirements, decisions).some((count) => count > 0)) return;
      await this.store.end(approval.id, 'approved', trx);
    }
    await this.provisions.wake(run.provision_id ?? '', trx);
  }
}

const AUDITED = {
  approve: 'workflow.approved',
  reject: 'workflow.rejected',
  bypass: 'workflow.approval_bypassed',
} as const;

/** The places of the requirements for which it counts. Only people get here. Throws `forbidden`. */
function countsOf(
  run: Run,
  { requirements }: Approval,
  { decision }: Saying,
  { caller, name }: RequestContext,
  { admin, owns, groups }: Approver,
): number[] {
  if (decision === 'bypass' && !caller.admin)
    throw new Problem('forbidden', 'Only an administrator may decide alone');
  if (caller.admin && decision !== 'approve') return requirements.map((_, index) => index);
  if (name === run.requested_by && run.requested_by_kind === 'person')
    throw new Problem('forbidden', 'Whoever asked for a run does not decide about it');
  const isFor = (from: string | null) =>
    from === null ? admin || owns.includes(run.team_id) : groups.includes(from);
  const counts = requirements.flatMap(({ from }, index) => (isFor(from) ? [index] : []));
  if (counts.length === 0) throw new Problem('forbidden', 'You are not among those who are asked');
  return counts;
}
