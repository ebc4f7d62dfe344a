import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { NOW } from '../../database/sql/clock.js';
import { Database, type Executor, type ProvisionRow, type WorkflowRunRow } from '../../database/schema.js';
import { type Approval, ApprovalsStore, type NewApproval } from '../approvals/approvals.store.js';
import type { WorkflowResourceTable } from '../../database/tables/work/workflow-tables.js';
import type { PlannedStep } from '../plan/step-plans.js';
import { holdingOf } from '../quotas/holdings.js';
import { type StepRow, STEPS, StepsStore } from './steps.store.js';

/** The state of its provision, or that it waits for people. */
export type RunStatus = ProvisionRow['status'] | 'awaiting_approval';

/** What is told of a run with its row. */
export const RUN_COLUMNS = [
  sql<RunStatus>`case when provision.status in ('pending', 'processing', 'pending_action') and exists (
    select 1 from workflow_approval where run_id = workflow_run.id and state = 'open')
    then 'awaiting_approval' else provision.status end`.as('status'),
  sql<string | null>`provision.error`.as('error'),
  sql<string | null>`provision.error_code`.as('error_code'),
];

/** A run, the state of its provision, and its steps in order. */
export interface Run extends Omit<WorkflowRunRow, 'snapshot' | 'parameters'> {
  parameters: JsonObject;
  snapshot: Snapshot;
  status: RunStatus;
  error: string | null;
  error_code: string | null;
  steps: StepRow[];
  /** What people were asked, in order. */
  approvals: Approval[];
}

/** Of runs with the same ones, one is active at a time. */
export type RunKey = Pick<WorkflowRunRow, 'team_id' | 'provider' | 'workflow' | 'application'>;

/** A resource that a new run creates. */
export type NewResource = Pick<
  Selectable<WorkflowResourceTable>,
  'frame' | 'type' | 'class' | 'provider' | 'workflow' | 'name' | 'key'
>;

/** How a resource of a Score file was when a run was planned. */
export interface ExpectedResource {
  key: string;
  /** Null: it was not there. */
  resource_id: string | null;
  /** The run that last made or changed it. */
  last_run_id: string | null;
}

/** What is recorded of a new run. */
export type NewRun = RunKey & {
  team: string;
  version: WorkflowRunRow['version'];
  parameters: JsonObject;
  snapshot: Snapshot;
  owners: WorkflowRunRow['owners'];
  bound: boolean;
  /** The event that starts it; null: somebody asks for it. */
  event: string | null;
  /** What it creates, by the frames of its snapshot. */
  resources: readonly NewResource[];
  /** How the resources of the Score file were when it was planned. */
  expected: readonly ExpectedResource[];
  /** The resource that it deletes. */
  deletes?: string | undefined;
  /** Given for a request with an idempotency key. */
  id?: string;
};

/** Runs of workflows. {@link StepsStore} has their steps. */
@Injectable()
export class RunsStore {
  constructor(
    private readonly db: Database,
    private readonly steps: StepsStore,
    private readonly approvals: ApprovalsStore,
  ) {}

  /** Records a run with its steps; undefined: one for the same team, workflow and application is active. */
  async create(
    { plan, ...run }: NewRun & { plan: readonly PlannedStep[] },
    actor: Actor,
    trx: Executor,
  ): Promise<string | undefined> {
    const { version, parameters, snapshot, owners, resources: _, expected: __, deletes: ___, ...names } = run;
    const row = await trx
      .insertInto('workflow_run')
      .values({
        ...names,
        version: JSON.stringify(version),
        parameters: JSON.stringify(parameters),
        snapshot: JSON.stringify(snapshot),
        owners: JSON.stringify(owners),
        requested_by: actor.name,
        requested_by_kind: actor.kind,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) return undefined;
    const steps = snapshot.steps.map(({ name, type }, position) => ({
      ...{ position, name, type },
      held: plan[position]?.state === 'skipped' ? undefined : holdingOf(type, plan[position]?.input),
    }));
    await this.steps.create(row.id, steps, trx);
    return row.id;
  }

  /** The active run of the team, workflow and application. */
  async activeId({ team_id: teamId, provider, workflow, application }: RunKey): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('workflow_run')
      .select('id')
      .where('team_id', '=', teamId)
      .where('provider', '=', provider)
      .where('workflow', '=', workflow)
      .where(sql<string>`coalesce(application, '')`, '=', application ?? '')
      .where('active', '=', true)
      .executeTakeFirst();
    return row?.id;
  }

  /** Undefined: there is none with this id. */
  async load(id: string, db: Executor = this.db): Promise<Run | undefined> {
    return (await this.loadAll([id], db)).get(id);
  }

  /** Those that there are of these, by id. */
  async loadAll(ids: readonly string[], db: Executor = this.db): Promise<Map<string, Run>> {
    if (ids.length === 0) return new Map();
    const found = await db
      .selectFrom('workflow_run')
      .innerJoin('provision', 'provision.id', 'workflow_run.provision_id')
      .selectAll('workflow_run')
      .select(RUN_COLUMNS)
      .select(STEPS)
      .select(
        sql<boolean>`exists (select from workflow_approval where run_id = workflow_run.id)`.as('is_asked'),
      )
      .where(sql<boolean>`workflow_run.id = any(${[...ids]}::uuid[])`)
      .execute();
    const asked = found.flatMap(({ id, is_asked: isAsked }) => (isAsked ? [id] : []));
    const approvals = asked.length > 0 ? await this.approvals.of(asked, db) : [];
    return new Map(
      found.map(({ is_asked: _, parameters, snapshot, ...run }) => {
        const own = approvals.filter(({ run_id }) => run_id === run.id);
        return [
          run.id,
          {
            ...{ ...run, parameters: parameters as JsonObject, snapshot: snapshot as Snapshot },
            ...{ approvals: own, status: statusWith(own, run.status) },
          },
        ];
      }),
    );
  }

  /** Names the provision that carries the run out, which makes it active. Violates the index if another one is. */
  async carriedOutBy(id: string, provisionId: string, trx: Executor): Promise<void> {
    await trx
      .updateTable('workflow_run')
      .set({
        provision_id: provisionId,
        active: true,
        cancel_requested: false,
        started_at: null,
        ended_at: null,
        undone_at: null,
      })
      .where('id', '=', id)
      .execute();
  }

  /** Asks people about a run. */
  ask(approval: NewApproval, trx: Executor): Promise<void> {
    return this.approvals.ask(approval, trx);
  }

  /** Records that the run, or its undo, has ended; it may be started again. Returns whether it is to be told which resources it made. */
  async ended(id: string, trx: Executor): Promise<boolean> {
    const row = await trx
      .updateTable('workflow_run')
      .set({ active: false, ended_at: sql`coalesce(ended_at, ${NOW})` })
      .where('id', '=', id)
      .returning(
        sql<boolean>`exists (select from workflow_resource where run_id = workflow_run.id)
          and exists (select from provider where 'resource.created' = any(events))`.as('is_news'),
      )
      .executeTakeFirst();
    return row?.is_news ?? false;
  }

  /** Lets a failed run go on with another provision. Violates the index if another one is active. */
  async restart(id: string, provisionId: string, trx: Executor): Promise<void> {
    await this.steps.forgetFailures(id, trx);
    await this.carriedOutBy(id, provisionId, trx);
  }

  /** Makes an ended run active for its undo. Violates the index if another one is active. */
  async beginUndo(id: string, trx: Executor): Promise<void> {
    await this.steps.forgetUndoFailures(id, trx);
    await trx.updateTable('workflow_run').set({ active: true }).where('id', '=', id).execute();
  }

  /** The provision of the step that has not started yet, if there is one. */
  waitingPart(id: string, trx: Executor): Promise<string | undefined> {
    return this.steps.waiting(id, trx);
  }

  /** Records that everything that it made was taken back. */
  async undone(id: string, trx: Executor): Promise<void> {
    await trx.updateTable('workflow_run').set({ undone_at: NOW }).where('id', '=', id).execute();
  }

  /** Whether somebody has asked the run to end. */
  async isCancelRequested(id: string, trx: Executor): Promise<boolean> {
    const row = await trx
      .selectFrom('workflow_run')
      .select('cancel_requested')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.cancel_requested ?? false;
  }

  /** Asks a run to end, and people no more; false: it has ended, or is being undone. */
  async requestCancel(id: string, trx: Executor): Promise<boolean> {
    await this.approvals.cancelOf(id, trx);
    const result = await trx
      .updateTable('workflow_run')
      .set({ cancel_requested: true })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }
}

/** People may have been asked, or have answered, between the two statements: what is told of a run agrees with its approvals. */
function statusWith(approvals: readonly Approval[], status: RunStatus): RunStatus {
  if (status === 'completed' || status === 'failed' || status === 'cancelled') return status;
  if (approvals.some(({ state }) => state === 'open')) return 'awaiting_approval';
  return status === 'awaiting_approval' ? 'pending' : status;
}
