import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor } from '../../database/schema.js';
import type { WorkflowResourceTable } from '../../database/tables/workflow-tables.js';
import type { RunsPage } from '../runs/run-lists.store.js';
import type { NewResource } from '../runs/runs.store.js';

/** A resource that is there. */
export type Resource = Selectable<WorkflowResourceTable> & {
  team: string;
  team_id: string;
  /** A run that deletes it, and has not ended; null: none does. */
  deleting: string | null;
};

/** A page of resources, the newest first. */
export interface ResourcesPage extends Pick<RunsPage, 'seenBy' | 'limit' | 'before'> {
  type?: string | undefined;
  team?: string | undefined;
}

/** The run that creates it is completed, and nothing took it back. */
const EXISTS = sql<boolean>`made.status = 'completed' and run.undone_at is null and not run.active
  and (deleted.status is distinct from 'completed' or delete_run.undone_at is not null)`;

/** What runs of workflows created. */
@Injectable()
export class ResourcesStore {
  constructor(private readonly db: Database) {}

  /** Records what a new run creates. */
  async create(runId: string, resources: readonly NewResource[], trx: Executor): Promise<void> {
    if (resources.length === 0) return;
    await sql`
      insert into workflow_resource (run_id, frame, type, class, provider, workflow)
      select ${runId}::uuid, frame, type, class, provider, workflow
      from json_to_recordset(${recordset(resources)}::json) as row (
        frame text, type text, class text, provider text, workflow text)`.execute(trx);
  }

  /** One that is there; undefined: there is none, or none any more. */
  async find(id: string): Promise<Resource | undefined> {
    return this.query().where('resource.id', '=', id).executeTakeFirst();
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

  /** Names the run that is to delete it. */
  async deletedBy(id: string, runId: string): Promise<void> {
    await this.db
      .updateTable('workflow_resource')
      .set({ delete_run_id: runId })
      .where('id', '=', id)
      .execute();
  }

  private query() {
    return this.db
      .selectFrom('workflow_resource as resource')
      .innerJoin('workflow_run as run', 'run.id', 'resource.run_id')
      .innerJoin('provision as made', 'made.id', 'run.provision_id')
      .leftJoin('workflow_run as delete_run', 'delete_run.id', 'resource.delete_run_id')
      .leftJoin('provision as deleted', 'deleted.id', 'delete_run.provision_id')
      .selectAll('resource')
      .select(['run.team', 'run.team_id'])
      .select(sql<string | null>`case when delete_run.active then delete_run.id end`.as('deleting'))
      .where(EXISTS);
  }
}
