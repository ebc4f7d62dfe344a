import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { NOW } from '../../database/sql/clock.js';
import { Database, type Executor, type PlanRow, type ProvisionRow } from '../../database/schema.js';
import { type ItemRow, type NewItem, PlanItemsStore } from './plan-items.store.js';

/** An order plan, the state of its provision, and its items in the order of the request. */
export interface OrderPlan extends PlanRow {
  provision_status: ProvisionRow['status'];
  provision_error: string | null;
  items: ItemRow[];
}

/** What is recorded of a new plan. */
export type NewPlan = Pick<PlanRow, 'order_ref' | 'callback' | 'request_hash' | 'limited'> & {
  /** Given for a request with an idempotency key. */
  id?: string;
  items: readonly NewItem[];
};

/** A page of plans, the newest first. */
export interface PlansPage {
  /** Only of this requester; undefined: of all. */
  requestedBy: Pick<Actor, 'name' | 'kind'> | undefined;
  order?: string | undefined;
  limit: number;
  before: string | undefined;
}

/** Order plans. {@link PlanItemsStore} has their items. */
@Injectable()
export class OrderPlansStore {
  constructor(
    private readonly db: Database,
    private readonly items: PlanItemsStore,
  ) {}

  /** Records a plan with its items; undefined: there is one with this id. */
  async create({ items, ...plan }: NewPlan, actor: Actor, trx: Executor): Promise<string | undefined> {
    const row = await trx
      .insertInto('plan')
      .values({ ...plan, requested_by: actor.name, requested_by_kind: actor.kind })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (row) await this.items.create(row.id, items, trx);
    return row?.id;
  }

  /** Names the provision that carries the plan out. */
  async carriedOutBy(id: string, provisionId: string, trx: Executor): Promise<void> {
    await trx.updateTable('plan').set({ provision_id: provisionId }).where('id', '=', id).execute();
  }

  /** Undefined: there is none with this id. */
  async load(id: string, db: Executor = this.db): Promise<OrderPlan | undefined> {
    const plan = await this.all(db).where('plan.id', '=', id).executeTakeFirst();
    return plan ? { ...plan, items: await this.items.of([id], db) } : undefined;
  }

  async list({ requestedBy, order, limit, before }: PlansPage): Promise<OrderPlan[]> {
    const plans = await this.all(this.db)
      .$if(requestedBy !== undefined, (query) =>
        query
          .where('plan.requested_by', '=', requestedBy?.name ?? '')
          .where('plan.requested_by_kind', '=', requestedBy?.kind ?? 'system'),
      )
      .$if(order !== undefined, (query) => query.where('plan.order_ref', '=', order ?? ''))
      .$if(before !== undefined, (query) => query.where('plan.seq', '<', before ?? ''))
      .orderBy('plan.seq', 'desc')
      .limit(limit)
      .execute();
    const items = await this.items.of(plans.map(({ id }) => id));
    const byPlan = Map.groupBy(items, (item) => item.plan_id);
    return plans.map((plan) => ({ ...plan, items: byPlan.get(plan.id) ?? [] }));
  }

  /** Asks a plan to end. */
  async requestCancel(id: string, trx: Executor): Promise<void> {
    await trx.updateTable('plan').set({ cancel_requested: true }).where('id', '=', id).execute();
  }

  /** Whether the plan was asked to end; it cannot be until the transaction ends. */
  async isCancelled(id: string, trx: Executor): Promise<boolean> {
    const row = await trx
      .selectFrom('plan')
      .select('cancel_requested')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    return row?.cancel_requested ?? true;
  }

  /** Records that the plan is taken back: it needs its provisions no longer. */
  async release(id: string, db: Executor = this.db): Promise<void> {
    await db.updateTable('plan').set({ undo_requested: true }).where('id', '=', id).execute();
  }

  async ended(id: string, trx: Executor): Promise<void> {
    await trx
      .updateTable('plan')
      .set({ ended_at: sql`coalesce(ended_at, ${NOW})` })
      .where('id', '=', id)
      .execute();
  }

  async undone(id: string, trx: Executor): Promise<void> {
    await trx.updateTable('plan').set({ undone_at: NOW }).where('id', '=', id).execute();
  }

  private all(db: Executor) {
    return db
      .selectFrom('plan')
      .innerJoin('provision', 'provision.id', 'plan.provision_id')
      .selectAll('plan')
      .select(['provision.status as provision_status', 'provision.error as provision_error']);
  }
}
