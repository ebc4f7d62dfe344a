import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor } from '../../database/schema.js';
import type {
  WorkflowResourceTable,
  WorkflowResourceUpdateTable,
} from '../../database/tables/work/workflow-tables.js';
import type { RunsPage } from '../runs/run-lists.store.js';
import type { NewResource } from '../runs/runs.store.js';

/** A resource that is there. */
export type Resource = Selectable<WorkflowResourceTable> & {
  team: string;
  team_id: string;
  /** The application of the run that made it. */
  application: string | null;
  /** A run that deletes it, and has not ended; null: none does. */
  deleting: string | null;
  /** A run that changes it, and has not ended. */
  changing: string | null;
  /** The provision of a run that has deleted it. */
  deleted_by: string | null;
  /** The last run that changed it, and the part of it. */
  changed: { run_id: string; frame: string } | null;
  /** The run that last made or changed it. */
  last_run_id: string;
};

/** A page of resources, the newest first. */
export interface ResourcesPage extends Pick<RunsPage, 'seenBy' | 'limit' | 'before'> {
  type?: string | undefined;
  team?: string | undefined;
}

/** The run that creates it is completed, did not leave it out, and nothing took it back, or it stayed. */
const EXISTS = sql<boolean>`made.status = 'completed' and not run.active
  and (run.undone_at is null or resource.kept_for is not null)
  and exists (
    select from workflow_step step where step.run_id = run.id and step.skipped is null
      and (resource.frame = '' or starts_with(step.name, resource.frame || '/')))
  and (deleted.status is distinct from 'completed' or delete_run.undone_at is not null)`;

const DELETED_BY = sql<
  string | null
>`case when deleted.status = 'completed' and delete_run.undone_at is null then deleted.id end`;

/** The last run that changed it, is completed, and was not taken back. */
const LAST_CHANGE = sql<{ changed: Resource['changed'] }>`(
  select json_build_object('run_id', changed.run_id, 'frame', changed.frame) as changed
  from workflow_resource_update changed
  join workflow_run change_run on change_run.id = changed.run_id
  join provision made_change on made_change.id = change_run.provision_id
  where changed.resource_id = resource.id and made_change.status = 'completed'
    and change_run.undone_at is null and not change_run.active
  order by change_run.seq desc limit 1)`.as<'last'>('last');

const CHANGING = sql<string | null>`(
  select change_run.id from workflow_resource_update changed
  join workflow_run change_run on change_run.id = changed.run_id
  where changed.resource_id = resource.id and change_run.active limit 1)`;

/** What runs of workflows created. */
@Injectable()
export class ResourcesStore {
  constructor(private readonly db: Database) {}

  /** Records what a new run creates. */
  async create(runId: string, resources: readonly NewResource[], trx: Executor): Promise<void> {
    if (resources.length === 0) return;
    await sql`
      insert into workflow_resource (run_id, frame, type, class, provider, workflow, name, key)
      select ${runId}::uuid, frame, type, class, provider, workflow, name, key
      from json_to_recordset(${recordset(resources)}::json) as row (
        frame text, type text, class text, provider text, workflow text, name text, key text)`.execute(trx);
  }

  /** Records that a new run changes a resource. */
  async change(change: Selectable<WorkflowResourceUpdateTable>, trx: Executor): Promise<void> {
    await trx.insertInto('workflow_resource_update').values(change).execute();
  }

  /** The active run that makes, changes or deletes a resource of the team with one of these keys. */
  async activeAt(teamId: string, keys: readonly string[], trx: Executor): Promise<string | undefined> {
    const { rows } = await sql<{ id: string }>`
      select run.id from workflow_resource resource
      join workflow_run made on made.id = resource.run_id
      left join workflow_resource_update changed on changed.resource_id = resource.id
      join workflow_run run on run.id in (resource.run_id, resource.delete_run_id, changed.run_id)
      where made.team_id = ${teamId}::uuid and resource.key = any(${[...keys]}::text[]) and run.active
      limit 1`.execute(trx);
    return rows[0]?.id;
  }

  /** Those of a team with one of these keys, the newest first. */
  withKeys(teamId: string, keys: readonly string[], db: Executor = this.db): Promise<Resource[]> {
    return this.query(db)
      .where('run.team_id', '=', teamId)
      .where(sql<boolean>`resource.key = any(${[...keys]}::text[])`)
      .orderBy('resource.seq', 'desc')
      .execute();
  }

  /** Those that runs of an application made for its Score file, the oldest first. */
  ofApplication(teamId: string, application: string): Promise<Resource[]> {
    return this.query()
      .where('run.team_id', '=', teamId)
      .where('run.application', '=', application)
      .where('resource.key', 'is not', null)
      .orderBy('resource.seq')
      .execute();
  }

  /** One that is there; undefined: there is none, or none any more. */
  async find(id: string): Promise<Resource | undefined> {
    return this.query().where('resource.id', '=', id).executeTakeFirst();
  }

  /** What a run made, or is to make, for its Score file, whether it is there or not. */
  madeFor(runId: string, db: Executor = this.db): Promise<Resource[]> {
    return this.all(db).where('resource.run_id', '=', runId).where('resource.key', 'is not', null).execute();
  }

  /** Those that a run made. */
  madeBy(runId: string, trx: Executor): Promise<Resource[]> {
    return this.query(trx).where('resource.run_id', '=', runId).orderBy('resource.seq').execute();
  }

  page({ seenBy, type, team, limit, before }: ResourcesPage): Promise<Resource[]> {
    return this.query()
      .$if(seenBy !== undefined, (query) =>
        query.where(sql<boolean>`(run.team_id = any(${[...(seenBy?.teams ?? [])]}::uuid[])
          or (run.requested_by = ${seenBy?.name ?? ''} and run.requested_by_kind = ${seenBy?.kind ?? ''}))`),
      )
      .$if(type !== undefined, (query) => query.where('resource.type', '=', type ?? ''))
      .$if(team !== undefined, (query) => query.where('run.team', '=', team ?? ''))
      .$if(before !== undefined, (query) => query.where('resource.seq', '<', before ?? ''))
      .orderBy('resource.seq', 'desc')
      .limit(limit)
      .execute();
  }

  /** Names the run that is to delete it; false: another one has, or is about to. */
  async deletedBy(id: string, runId: string, trx: Executor): Promise<boolean> {
    const { numUpdatedRows } = await trx
      .updateTable('workflow_resource')
      .set({ delete_run_id: runId })
      .where('id', '=', id)
      .where(
        sql<boolean>`not exists (
          select from workflow_run run join provision on provision.id = run.provision_id
          where run.id = workflow_resource.delete_run_id
            and (run.active or (provision.status = 'completed' and run.undone_at is null)))`,
      )
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Lets what a run made in one of its parts stay when it is taken back, because of a later run. */
  async keep({ run_id, frame }: Resource, laterId: string): Promise<void> {
    await this.db
      .updateTable('workflow_resource')
      .set({ kept_for: laterId })
      .where('run_id', '=', run_id)
      .where(sql<boolean>`(frame = ${frame} or starts_with(frame, ${`${frame}/`}))`)
      .execute();
  }

  /** A run makes everything again: what deleted it before counts no more. */
  async madeAgain(runId: string, trx: Executor): Promise<void> {
    await trx
      .updateTable('workflow_resource')
      .set({ delete_run_id: null })
      .where('run_id', '=', runId)
      .execute();
  }

  private query(db: Executor = this.db) {
    return this.all(db).where(EXISTS);
  }

  private all(db: Executor) {
    return db
      .selectFrom('workflow_resource as resource')
      .innerJoin('workflow_run as run', 'run.id', 'resource.run_id')
      .innerJoin('provision as made', 'made.id', 'run.provision_id')
      .leftJoin('workflow_run as delete_run', 'delete_run.id', 'resource.delete_run_id')
      .leftJoin('provision as deleted', 'deleted.id', 'delete_run.provision_id')
      .selectAll('resource')
      .select(['run.team', 'run.team_id', 'run.application'])
      .leftJoinLateral(LAST_CHANGE, (join) => join.onTrue())
      .select(sql<string | null>`case when delete_run.active then delete_run.id end`.as('deleting'))
      .select([CHANGING.as('changing'), DELETED_BY.as('deleted_by')])
      .select([
        'last.changed',
        sql<string>`coalesce((last.changed ->> 'run_id')::uuid, run.id)`.as('last_run_id'),
      ]);
  }
}
