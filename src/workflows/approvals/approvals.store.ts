import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { NOW } from '../../database/sql/clock.js';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor, type WorkflowRunRow } from '../../database/schema.js';
import type {
  WorkflowApprovalTable,
  WorkflowDecisionTable,
} from '../../database/tables/work/approval-tables.js';
import type { Requirement } from '../../governance/judge.js';
import type { PlannedStep } from '../plan/step-plans.js';
import type { StepDifference } from './coverage.js';

/** What people are asked, with what they said. */
export interface Approval extends Omit<
  Selectable<WorkflowApprovalTable>,
  'requirements' | 'plan' | 'difference'
> {
  requirements: Requirement[];
  plan: PlannedStep[];
  difference: StepDifference | null;
  decisions: Decision[];
}

const OF_RUN = [
  ...(['provider', 'workflow', 'team', 'team_id', 'application'] as const),
  ...(['requested_by', 'requested_by_kind'] as const),
] as const;

/** One that is open, with what its run is. */
export type OpenApproval = Approval & Pick<WorkflowRunRow, (typeof OF_RUN)[number]>;

/** Somebody who may approve. */
export interface Approver {
  name: string;
  admin: boolean;
  /** The ids of the groups that the person owns. */
  owns: readonly string[];
  /** The names of the groups whose members count. */
  groups: readonly string[];
}

export type Decision = Selectable<WorkflowDecisionTable>;

/** What is asked of people. */
export interface NewApproval {
  run_id: string;
  attempt: string;
  position: number;
  requirements: readonly Requirement[];
  plan: readonly PlannedStep[];
  plan_digest: string;
  difference: StepDifference | null;
}

/** Approvals of runs, and the decisions of people. */
@Injectable()
export class ApprovalsStore {
  constructor(private readonly db: Database) {}

  /** Those of runs, in the order in which they were asked. */
  async of(runIds: readonly string[], db: Executor): Promise<Approval[]> {
    const rows = await db
      .selectFrom('workflow_approval')
      .selectAll()
      .where(sql<boolean>`run_id = any(${[...runIds]}::uuid[])`)
      .orderBy('seq')
      .execute();
    return this.withDecisions(rows, db);
  }

  /** The open ones, of runs that have not ended, the oldest first, that the person may approve, has not approved, and did not ask for. */
  async openFor(
    { name, admin, owns, groups }: Approver,
    { limit, after }: { limit: number; after: string | undefined },
  ): Promise<OpenApproval[]> {
    const rows = await this.db
      .selectFrom('workflow_approval')
      .innerJoin('workflow_run', 'workflow_run.id', 'workflow_approval.run_id')
      .selectAll('workflow_approval')
      .select(OF_RUN)
      .where('state', '=', 'open')
      .where('expires_at', '>', NOW)
      .where(
        sql<boolean>`exists (
          select from jsonb_array_elements(workflow_approval.requirements) asked where case
            when jsonb_typeof(asked -> 'from') = 'string' then asked ->> 'from' = any(${[...groups]}::text[])
            else ${admin} or workflow_run.team_id = any(${[...owns]}::uuid[]) end)`,
      )
      .where(
        sql<boolean>`not (workflow_run.requested_by = ${name} and workflow_run.requested_by_kind = 'person')`,
      )
      .where(
        sql<boolean>`not exists (
          select from workflow_decision said where said.approval_id = workflow_approval.id and said.decided_by = ${name})`,
      )
      .$if(after !== undefined, (query) => query.where('workflow_approval.seq', '>', after ?? ''))
      .orderBy('workflow_approval.seq')
      .limit(limit)
      .execute();
    return this.withDecisions(rows, this.db);
  }

  /**
   * For each question the names of those who may approve, at most `limit`: the owners of the team with the id, or everybody but the readers of
   * the group with the name.
   */
  async people(
    asked: readonly { team_id: string | null; name: string | null }[],
    limit: number,
  ): Promise<string[][]> {
    const questions = asked.map((each, position) => ({ ...each, position }));
    const { rows } = await sql<{ people: string[] }>`
      select to_json(array(
        select person.name from membership join subject as person on person.id = membership.user_id and person.status = 'active'
        where membership.group_id = coalesce(asked.team_id,
            (select id from subject where kind = 'group' and status = 'active' and name = asked.name))
          and case when asked.name is null then membership.role = 'owner' else membership.role <> 'reader' end
        order by person.name collate "C" limit ${limit})) as people
      from json_to_recordset(${recordset(questions)}::json) as asked(team_id uuid, name text, position int)
      order by asked.position
    `.execute(this.db);
    return rows.map(({ people }) => people);
  }

  /** Asks; the shortest time of the requirements counts. */
  async ask({ requirements, plan, difference, ...rest }: NewApproval, trx: Executor): Promise<void> {
    const seconds = Math.min(...requirements.map(({ expires_in_seconds: each }) => each));
    await trx
      .insertInto('workflow_approval')
      .values({
        ...rest,
        requirements: JSON.stringify(requirements),
        plan: JSON.stringify(plan),
        difference: difference === null ? null : JSON.stringify(difference),
        expires_at: sql<Date>`clock_timestamp() + ${seconds}::float8 * interval '1 second'`,
      })
      .execute();
  }

  /** Records what somebody said; false: that person has decided before. An approval gives way to a rejection or a bypass. */
  async decide(
    { decision, comment, requirements, ...who }: Omit<Decision, 'decided_at'>,
    trx: Executor,
  ): Promise<boolean> {
    const said = { decision, comment, requirements: JSON.stringify(requirements) };
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('workflow_decision')
      .values({ ...who, ...said })
      .onConflict((conflict) =>
        conflict
          .columns(['approval_id', 'decided_by'])
          .doUpdateSet({ ...said, decided_at: NOW })
          .where('workflow_decision.decision', '=', 'approve')
          .where('excluded.decision', '!=', 'approve'),
      )
      .executeTakeFirst();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** Ends an open one. */
  async end(id: string, state: 'approved' | 'rejected' | 'cancelled', trx: Executor): Promise<void> {
    await this.endWhere(id, state, sql<boolean>`true`, trx);
  }

  /** Ends an open one whose time is over; false: it is not over, or it was decided. */
  expire(id: string, db: Executor = this.db): Promise<boolean> {
    return this.endWhere(id, 'expired', sql<boolean>`expires_at <= clock_timestamp()`, db);
  }

  /** Ends the open one of a run. */
  async cancelOf(runId: string, trx: Executor): Promise<void> {
    await trx
      .updateTable('workflow_approval')
      .set({ state: 'cancelled', ended_at: NOW })
      .where('run_id', '=', runId)
      .where('state', '=', 'open')
      .execute();
  }

  private async endWhere(
    id: string,
    state: string,
    condition: ReturnType<typeof sql<boolean>>,
    db: Executor,
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('workflow_approval')
      .set({ state, ended_at: NOW })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .where(condition)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  private async withDecisions<R extends Selectable<WorkflowApprovalTable>>(
    rows: R[],
    db: Executor,
  ): Promise<(Omit<R, 'requirements' | 'plan' | 'difference'> & Approval)[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const decisions = await db
      .selectFrom('workflow_decision')
      .selectAll()
      .where(sql<boolean>`approval_id = any(${ids}::uuid[])`)
      .orderBy('decided_at')
      .execute();
    return rows.map((row) => ({
      ...row,
      requirements: row.requirements as Requirement[],
      plan: row.plan as PlannedStep[],
      difference: row.difference as StepDifference | null,
      decisions: decisions.filter(({ approval_id }) => approval_id === row.id),
    }));
  }
}
