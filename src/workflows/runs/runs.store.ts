import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { JsonObject } from '../../documents/model.js';
import { NOW } from '../../database/sql/clock.js';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor, type ProvisionRow, type WorkflowRunRow } from '../../database/schema.js';
import { type StepRow, StepsStore } from './steps.store.js';

/** A run, the state of its provision, and its steps in order. */
export interface Run extends Omit<WorkflowRunRow, 'snapshot'> {
  snapshot: Snapshot;
  status: ProvisionRow['status'];
  error: string | null;
  error_code: string | null;
  steps: StepRow[];
}

/** Of runs with the same ones, one is active at a time. */
export type RunKey = Pick<WorkflowRunRow, 'team_id' | 'provider' | 'workflow' | 'application'>;

/** What is recorded of a new run. */
export type NewRun = RunKey & {
  team: string;
  version: WorkflowRunRow['version'];
  parameters: JsonObject;
  snapshot: Snapshot;
  /** Given for a request with an idempotency key. */
  id?: string;
};

/** A page of runs, the newest first. */
export interface RunsPage {
  /** Only of the teams with these ids; undefined: of all. */
  teams: readonly string[] | undefined;
  status?: ProvisionRow['status'] | undefined;
  provider?: string | undefined;
  limit: number;
  before: string | undefined;
}

/** A run without its steps. */
export type RunSummary = Omit<Run, 'steps' | 'snapshot'>;

/** Runs of workflows. {@link StepsStore} has their steps. */
@Injectable()
export class RunsStore {
  constructor(
    private readonly db: Database,
    private readonly steps: StepsStore,
  ) {}

  /** Records a run with its steps; undefined: one for the same team, workflow and application is active. */
  async create(run: NewRun, actor: Actor, trx: Executor): Promise<string | undefined> {
    const { version, parameters, snapshot, ...names } = run;
    const row = await trx
      .insertInto('workflow_run')
      .values({
        ...names,
        version: JSON.stringify(version),
        parameters: JSON.stringify(parameters),
        snapshot: JSON.stringify(snapshot),
        requested_by: actor.name,
        requested_by_kind: actor.kind,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) return undefined;
    const steps = snapshot.steps.map(({ name, type }, position) => ({ position, name, type }));
    await sql`
      insert into workflow_step (run_id, position, name, type)
      select ${row.id}::uuid, position, name, type
      from json_to_recordset(${recordset(steps)}::json) as row (position int, name text, type text)`.execute(
      trx,
    );
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
    const run = await db
      .selectFrom('workflow_run')
      .innerJoin('provision', 'provision.id', 'workflow_run.provision_id')
      .selectAll('workflow_run')
      .select(['provision.status', 'provision.error', 'provision.error_code'])
      .where('workflow_run.id', '=', id)
      .executeTakeFirst();
    if (!run) return undefined;
    return { ...run, snapshot: run.snapshot as Snapshot, steps: await this.steps.of(id, db) };
  }

  list({ teams, status, provider, limit, before }: RunsPage): Promise<RunSummary[]> {
    return this.db
      .selectFrom('workflow_run')
      .innerJoin('provision', 'provision.id', 'workflow_run.provision_id')
      .selectAll('workflow_run')
      .select(['provision.status', 'provision.error', 'provision.error_code'])
      .$if(teams !== undefined, (query) =>
        query.where(sql<boolean>`workflow_run.team_id = any(${[...(teams ?? [])]}::uuid[])`),
      )
      .$if(status !== undefined, (query) => query.where('provision.status', '=', status ?? 'pending'))
      .$if(provider !== undefined, (query) => query.where('workflow_run.provider', '=', provider ?? ''))
      .$if(before !== undefined, (query) => query.where('workflow_run.seq', '<', before ?? ''))
      .orderBy('workflow_run.seq', 'desc')
      .limit(limit)
      .execute();
  }

  /** Names the provision that carries the run out, which makes it active. Violates the index if another one is. */
  async carriedOutBy(id: string, provisionId: string, trx: Executor): Promise<void> {
    await trx
      .updateTable('workflow_run')
      .set({
        provision_id: provisionId,
        active: true,
        cancel_requested: false,
        ended_at: null,
        undone_at: null,
      })
      .where('id', '=', id)
      .execute();
  }

  /** Records that the run, or its undo, has ended; it may be started again. */
  async ended(id: string, trx: Executor): Promise<void> {
    await trx
      .updateTable('workflow_run')
      .set({ active: false, ended_at: sql`coalesce(ended_at, ${NOW})` })
      .where('id', '=', id)
      .execute();
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

  async undone(id: string): Promise<void> {
    await this.db.updateTable('workflow_run').set({ undone_at: NOW }).where('id', '=', id).execute();
  }

  /** Asks a run to end; false: it has ended, or is being undone. */
  async requestCancel(id: string, trx: Executor): Promise<boolean> {
    const result = await trx
      .updateTable('workflow_run')
      .set({ cancel_requested: true })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }
}
