import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor, type PlanItemRow, type ProvisionRow } from '../../database/schema.js';
import type { ProvisionResult } from '../../provisioning/kinds/kind.js';

/** An item with the state of its provision and of its undo. */
export interface ItemRow extends PlanItemRow {
  status: ProvisionRow['status'] | null;
  origin: ProvisionRow['origin'] | null;
  result: ProvisionResult | null;
  error: string | null;
  error_code: string | null;
  /** When its provision ended, or last changed. */
  changed_at: Date | null;
  /** Another plan that is not taken back has the same provision. */
  shared: boolean;
  undo_status: ProvisionRow['status'] | null;
  undo_result: ProvisionResult | null;
  undo_error: string | null;
}

/** What is recorded of a new item. */
export type NewItem = Pick<PlanItemRow, 'kind' | 'stage' | 'hard'> & { input: object };

/** Items of order plans. The state of an item is that of its provision, which is read with it. */
@Injectable()
export class PlanItemsStore {
  constructor(private readonly db: Database) {}

  async create(planId: string, items: readonly NewItem[], trx: Executor): Promise<void> {
    const rows = items.map((item, position) => ({ ...item, position }));
    await sql`
      insert into plan_item (plan_id, position, kind, input, stage, hard)
      select ${planId}::uuid, position, kind, input, stage, hard
      from json_to_recordset(${recordset(rows)}::json)
        as row (position int, kind text, input jsonb, stage int, hard boolean)`.execute(trx);
  }

  /** The items of some plans, in the order of the requests. */
  async of(planIds: readonly string[], db: Executor = this.db): Promise<ItemRow[]> {
    const { rows } = await sql<ItemRow>`
      select item.*, made.status, made.origin, made.result, made.error, made.error_code, made.updated_at as changed_at,
        undo.status as undo_status, undo.result as undo_result, undo.error as undo_error,
        exists (
          select from plan_item other join plan on plan.id = other.plan_id
          where other.provision_id = item.provision_id and other.plan_id <> item.plan_id and not plan.undo_requested
        ) as shared
      from plan_item item
      left join provision made on made.id = item.provision_id
      left join provision undo on undo.id = item.undo_id
      where item.plan_id = any(${[...planIds]}::uuid[])
      order by item.plan_id, item.position`.execute(db);
    return rows;
  }

  /** Names the provision of an item. */
  async began(
    planId: string,
    position: number,
    made: { provision_id: string; joined: boolean },
    trx: Executor,
  ): Promise<void> {
    await this.set(planId, position, made, trx);
  }

  /** Names the provision that undoes an item. */
  async undoBegan(planId: string, position: number, undoId: string, trx: Executor): Promise<void> {
    await this.set(planId, position, { undo_id: undoId }, trx);
  }

  /** Records that an item cannot begin. Another process may have taken the plan over meanwhile. */
  async refuse(planId: string, position: number, refused: string, code: string): Promise<void> {
    await this.db
      .updateTable('plan_item')
      .set({ refused: refused.slice(0, 500), refused_code: code })
      .where('plan_id', '=', planId)
      .where('position', '=', position)
      .where('provision_id', 'is', null)
      .execute();
  }

  /**
   * The provisions of the plan that have not begun and are of no use to anybody else, locked until the transaction ends. One that a worker
   * is just taking is left out.
   */
  async unbegun(planId: string, trx: Executor): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select made.id from plan_item item
      join plan on plan.id = item.plan_id
      join provision made on made.id = item.provision_id
      where item.plan_id = ${planId} and not item.joined and made.status = 'pending' and made.attempts = 0
        and not exists (
          select from provision_waiter other
          where other.provision_id = made.id and other.waiter_id <> plan.provision_id)
      order by item.position
      for update of made skip locked`.execute(trx);
    return rows.map(({ id }) => id);
  }

  /** The provisions of the plan that have begun, have not ended, and are of no use to anybody else. */
  async underWay(planId: string, trx: Executor): Promise<ProvisionRow[]> {
    const { rows } = await sql<ProvisionRow>`
      select made.* from plan_item item
      join plan on plan.id = item.plan_id
      join provision made on made.id = item.provision_id
      where item.plan_id = ${planId} and not item.joined
        and made.status in ('pending', 'processing', 'pending_action')
        and not exists (
          select from provision_waiter other
          where other.provision_id = made.id and other.waiter_id <> plan.provision_id)
      order by item.position`.execute(trx);
    return rows;
  }

  /** Lets undoes begin again that failed. */
  async forgetUndoFailures(planId: string, trx: Executor): Promise<void> {
    await sql`
      update plan_item item set undo_id = null from provision undo
      where item.plan_id = ${planId} and undo.id = item.undo_id and undo.status in ('failed', 'cancelled')`.execute(
      trx,
    );
  }

  private async set(planId: string, position: number, change: object, db: Executor): Promise<void> {
    await db
      .updateTable('plan_item')
      .set(change)
      .where('plan_id', '=', planId)
      .where('position', '=', position)
      .execute();
  }
}
