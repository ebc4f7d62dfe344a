import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';

/** An event of a provision that carries out a run, or a part of one. */
export interface LogRow {
  /** The place among all events. */
  id: string;
  at: Date;
  event: string;
  detail: Record<string, unknown>;
  /** The step; null: the run itself. */
  step: string | null;
  /** It takes something back. */
  is_undo: boolean;
  /** It goes on with what failed before. */
  is_again: boolean;
  requested_by: string;
}

/** Which events to read. */
export interface LogRange {
  /** Those that come after the event with this id. */
  after: string;
  limit: number;
  /** Only those of this step. */
  step?: string | undefined;
}

/** What happened in runs: the events of the provisions that carry them out, in order. */
@Injectable()
export class LogStore {
  constructor(private readonly db: Database) {}

  /**
   * Events of a run: of its provisions with all retries, of its steps, and of what took them back. The steps of an earlier try are found between it
   * and the next one; those of the last are named by the steps.
   */
  async events(runId: string, { after, limit, step }: LogRange): Promise<LogRow[]> {
    const { rows } = await sql<LogRow>`
      with recursive whole as (
        select made.id, made.seq, made.redriven_from from workflow_run run join provision made on made.id = run.provision_id
        where run.id = ${runId}
        union all
        select made.id, made.seq, made.redriven_from from whole join provision made on made.id = whole.redriven_from
      ), done as (
        select id, null::text as step from whole
        union select provision_id, name from workflow_step where run_id = ${runId} and provision_id is not null
        union select part.id, part.metadata ->> 'step' from whole earlier join whole later on later.redriven_from = earlier.id
          join provision part on part.seq between earlier.seq and later.seq and part.wakes = earlier.id and part.kind <> 'undo'
      ), every as (
        select id, step, false as is_undo from done
        union select (event.detail ->> 'as')::uuid, done.step, true from done
          join provision_event event on event.provision_id = done.id and event.event = 'undone'
      )
      select event.id, event.at, event.event, event.detail, every.step, every.is_undo, made.requested_by,
        made.redriven_from is not null as is_again
      from every join provision made on made.id = every.id join provision_event event on event.provision_id = every.id
      where event.id > ${after}::bigint and (${step ?? null}::text is null or every.step = ${step ?? null})
      order by event.id limit ${limit}`.execute(this.db);
    return rows;
  }

  /** Whether something may still happen in a run. */
  async isActive(runId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('workflow_run')
      .select('active')
      .where('id', '=', runId)
      .executeTakeFirst();
    return row?.active === true;
  }
}
