import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';
import { type Run, RUN_COLUMNS, type RunStatus } from './runs.store.js';

/** A page of runs, the newest first. */
export interface RunsPage {
  /** Only of the teams with these ids, and what this requester asked for; undefined: of all. */
  seenBy: { teams: readonly string[]; name: string; kind: string } | undefined;
  status?: RunStatus | undefined;
  provider?: string | undefined;
  /** Only those that this requester asked for. */
  requested_by?: string | undefined;
  limit: number;
  before: string | undefined;
}

/** A run without its steps. */
export type RunSummary = Omit<Run, 'steps' | 'snapshot' | 'parameters' | 'approvals'>;

/** Lists of runs. */
@Injectable()
export class RunListsStore {
  constructor(private readonly db: Database) {}

  page({
    seenBy,
    status,
    provider,
    requested_by: requester,
    limit,
    before,
  }: RunsPage): Promise<RunSummary[]> {
    const runs = this.db
      .selectFrom('workflow_run')
      .innerJoin('provision', 'provision.id', 'workflow_run.provision_id')
      .selectAll('workflow_run')
      .select(RUN_COLUMNS)
      .$if(seenBy !== undefined, (query) =>
        query.where(sql<boolean>`(workflow_run.team_id = any(${[...(seenBy?.teams ?? [])]}::uuid[])
          or (workflow_run.requested_by = ${seenBy?.name ?? ''} and workflow_run.requested_by_kind = ${seenBy?.kind ?? ''}))`),
      )
      .$if(provider !== undefined, (query) => query.where('workflow_run.provider', '=', provider ?? ''))
      .$if(requester !== undefined, (query) => query.where('workflow_run.requested_by', '=', requester ?? ''))
      .$if(before !== undefined, (query) => query.where('workflow_run.seq', '<', before ?? ''));
    return this.db
      .selectFrom(runs.as('run'))
      .selectAll()
      .$if(status !== undefined, (query) => query.where('run.status', '=', status ?? 'pending'))
      .orderBy('run.seq', 'desc')
      .limit(limit)
      .execute();
  }
}
