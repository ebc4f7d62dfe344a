import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { JsonObject } from '../../documents/model.js';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor, type ProvisionRow, type WorkflowStepRow } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';
import type { ProvisionResult } from '../../provisioning/kinds/kind.js';
import type { Holding, StepHolding } from '../quotas/holdings.js';

/** A step with the state of its provision and of its undo. */
export interface StepRow extends WorkflowStepRow {
  status: ProvisionRow['status'] | null;
  input: JsonObject | null;
  result: ProvisionResult | null;
  error: string | null;
  error_code: string | null;
  attempts: number | null;
  undo_status: ProvisionRow['status'] | null;
  undo_result: ProvisionResult | null;
  undo_error: string | null;
  /** The run that undoes it: it deletes the resource that the step made. */
  undo_run_id: string | null;
  /** The resource that the step made, if it stays though its run is undone, and the later run that changed it. */
  kept: { id: string; for: string } | null;
}

/** A column of a query of `workflow_run`: the steps of the run, in order. */
export const STEPS = sql<StepRow[]>`(
  select coalesce(json_agg(step order by step.position), '[]') from (
    select step.run_id, step.position, step.name, step.type, step.skipped, step.refused, step.refused_code, step.provision_id,
      step.undo_id, step.counted, step.holds, step.holds_bytes::text,
      made.status, made.input, made.result, made.error, made.error_code, made.attempts,
      undo.status as undo_status, undo.result as undo_result, undo.error as undo_error,
      case when undo.kind = 'workflow' then undo.input ->> 'run_id' end as undo_run_id,
      case when kept.id is not null then json_build_object('id', kept.id, 'for', kept.kept_for) end as kept
    from workflow_step step
    left join provision made on made.id = step.provision_id
    left join provision undo on undo.id = step.undo_id
    left join workflow_resource kept on kept.run_id = step.run_id and kept.key is not null
      and kept.kept_for is not null and starts_with(step.name, kept.frame || '/')
    where step.run_id = workflow_run.id
  ) step
)`.as('steps');

/** Steps of runs. The state of a step is that of its provision, which is read with it. */
@Injectable()
export class StepsStore {
  constructor(private readonly db: Database) {}

  /** Records the steps of a new run, and what they make or remove that quotas count. */
  async create(
    runId: string,
    steps: readonly { position: number; name: string; type: string; held: StepHolding | undefined }[],
    trx: Executor,
  ): Promise<void> {
    const rows = steps.map(({ held, ...step }) => ({
      ...step,
      ...{ counted: held?.gone === false, holds: held?.name ?? null, holds_bytes: held?.bytes ?? null },
    }));
    await sql`
      insert into workflow_step (run_id, position, name, type, counted, holds, holds_bytes)
      select ${runId}::uuid, position, name, type, counted, holds, holds_bytes
      from json_to_recordset(${recordset(rows)}::json) as row (
        position int, name text, type text, counted boolean, holds text, holds_bytes bigint)`.execute(trx);
  }

  /** Names the provision of a step, and what it makes or removes. */
  async began(
    id: string,
    position: number,
    provisionId: string,
    held: Holding | undefined,
    trx: Executor,
  ): Promise<void> {
    const holds = held
      ? { holds: held.name, holds_bytes: held.bytes === null ? null : String(held.bytes) }
      : {};
    const first = trx.with('started', (db) =>
      db
        .updateTable('workflow_run')
        .set({ started_at: NOW })
        .where('id', '=', id)
        .where('started_at', 'is', null),
    );
    await this.setStep(id, position, { provision_id: provisionId, ...holds }, first);
  }

  /** Names the provision that undoes steps. */
  async undoBegan(
    id: string,
    positions: readonly number[],
    undoId: string,
    db: Executor = this.db,
  ): Promise<void> {
    await db
      .updateTable('workflow_step')
      .set({ undo_id: undoId })
      .where('run_id', '=', id)
      .where(sql<boolean>`position = any(${[...positions]}::int[])`)
      .execute();
  }

  /** Records that a step is left out. */
  async skip(id: string, position: number, skipped: 'condition' | 'failure'): Promise<void> {
    await this.setUnlessBegun(id, position, { skipped });
  }

  /** Records that a step cannot begin. */
  async refuse(id: string, position: number, refused: string, code: string): Promise<void> {
    await this.setUnlessBegun(id, position, { refused: refused.slice(0, 500), refused_code: code });
  }

  /** Another process may have taken the run over meanwhile. */
  private async setUnlessBegun(id: string, position: number, change: object): Promise<void> {
    await this.db
      .updateTable('workflow_step')
      .set(change)
      .where('run_id', '=', id)
      .where('position', '=', position)
      .where('provision_id', 'is', null)
      .execute();
  }

  private async setStep(
    id: string,
    position: number,
    change: object,
    db: Pick<Executor, 'updateTable'>,
  ): Promise<void> {
    await db
      .updateTable('workflow_step')
      .set(change)
      .where('run_id', '=', id)
      .where('position', '=', position)
      .execute();
  }

  /** Lets steps begin again that failed or were undone, and undoes that failed. */
  async forgetFailures(id: string, trx: Executor): Promise<void> {
    await sql`
      update workflow_step step set
        refused = null, refused_code = null,
        skipped = case when step.skipped = 'failure' then null else step.skipped end,
        provision_id = case when made.status in ('failed', 'cancelled') or undo.status = 'completed' then null
          else step.provision_id end,
        undo_id = case when undo.status in ('failed', 'cancelled', 'completed') then null else step.undo_id end
      from workflow_step mine
      left join provision made on made.id = mine.provision_id
      left join provision undo on undo.id = mine.undo_id
      where step.run_id = ${id} and mine.run_id = step.run_id and mine.position = step.position`.execute(trx);
  }

  /** Lets undoes begin again that failed. */
  async forgetUndoFailures(id: string, trx: Executor): Promise<void> {
    await sql`
      update workflow_step step set undo_id = null from provision undo
      where step.run_id = ${id} and undo.id = step.undo_id and undo.status in ('failed', 'cancelled')`.execute(
      trx,
    );
  }

  /** The provision of the step that has not started yet, or waits, if there is one: until the end of the transaction no worker starts it. */
  async waiting(id: string, trx: Executor): Promise<string | undefined> {
    const row = await trx
      .selectFrom('workflow_step')
      .innerJoin('provision', 'provision.id', 'workflow_step.provision_id')
      .select('provision.id')
      .where('workflow_step.run_id', '=', id)
      .where('provision.status', 'in', ['pending', 'pending_action'])
      .forUpdate('provision')
      .executeTakeFirst();
    return row?.id;
  }
}
