import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor } from '../../database/schema.js';
import type { Holding, Usage } from './holdings.js';

/** A later step of the team has removed what the step made. */
const REMOVED = sql`exists (
  select 1 from workflow_run later join workflow_step remover on remover.run_id = later.id
  join provision removed on removed.id = remover.provision_id
  where later.team_id = run.team_id and remover.type = step.type and remover.holds = step.holds and not remover.counted
    and removed.status = 'completed' and removed.provisioned_at > made.provisioned_at)`;

/**
 * What a team holds by runs of workflows: what its steps make, from their acceptance until they are undone, another step removes it, or the
 * resource is deleted.
 */
@Injectable()
export class QuotasStore {
  /** Lets one request of a team count at a time, until the end of the transaction. */
  async lockTeam(teamId: string, trx: Executor): Promise<void> {
    await trx.selectFrom('subject').select('id').where('id', '=', teamId).forUpdate().execute();
  }

  async usage(teamId: string, db: Executor): Promise<Usage> {
    const { rows } = await sql<{ active: number; today: number; holdings: Holding[] | null }>`
      select
        (select count(*)::int from workflow_run where team_id = ${teamId}::uuid and active) as active,
        (select count(*)::int from workflow_run
          where team_id = ${teamId}::uuid and created_at > clock_timestamp() - interval '1 day') as today,
        (select json_agg(json_build_object('type', step.type, 'name', step.holds, 'bytes', step.holds_bytes)
            order by run.seq, step.position)
          from workflow_run run join workflow_step step on step.run_id = run.id
          left join provision made on made.id = step.provision_id
          left join provision undo on undo.id = step.undo_id
          where run.team_id = ${teamId}::uuid and step.counted and step.skipped is null and step.refused is null
            and (run.active or made.status = 'completed') and undo.status is distinct from 'completed' and not ${REMOVED} and not exists (
              select 1 from workflow_resource resource
              join workflow_run delete_run on delete_run.id = resource.delete_run_id
              join provision deleted on deleted.id = delete_run.provision_id
              where resource.run_id = run.id and deleted.status = 'completed' and delete_run.undone_at is null
                and (resource.frame = '' or starts_with(step.name, resource.frame || '/')))) as holdings`.execute(
      db,
    );
    const [row] = rows;
    return { activeRuns: row?.active ?? 0, runsToday: row?.today ?? 0, holdings: row?.holdings ?? [] };
  }
}
