import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type Executor } from '../../database/schema.js';
import { ProvisionActions } from '../../provisioning/records/provision-actions.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { isFinal, standingOf } from '../engine/states.js';
import { type OrderPlan, OrderPlansStore } from './order-plans.store.js';
import { PlanItemsStore } from './plan-items.store.js';

/** What callers do with an order plan: undo, cancel. */
@Injectable()
export class PlanActions {
  constructor(
    private readonly db: Database,
    private readonly store: OrderPlansStore,
    private readonly items: PlanItemsStore,
    private readonly provisions: Provisions,
    private readonly actions: ProvisionActions,
  ) {}

  /** Takes back what the plan newly made, the last stage first. What another plan has as well stays until that one is taken back. */
  async undo(plan: OrderPlan, context: RequestContext): Promise<void> {
    if (!isFinal(standingOf(plan).status)) throw new Problem('not_possible', 'It has not ended');
    const done = await this.provisions.require(plan.provision_id ?? '');
    await this.change(plan, 'plan.undone', context, async (trx) => {
      await this.actions.undoIn(done, 'api', context, trx);
      await this.items.forgetUndoFailures(plan.id, trx);
      await this.store.release(plan.id, trx);
    });
  }

  /** Ends a plan: what has not begun is cancelled, runs of workflows are too, and what else has begun is waited for, and stays. */
  async cancel(plan: OrderPlan, context: RequestContext): Promise<void> {
    if (isFinal(standingOf(plan).status)) throw new Problem('not_possible', 'It has ended');
    await this.change(plan, 'plan.cancelled', context, async (trx) => {
      await this.store.requestCancel(plan.id, trx);
      for (const id of await this.items.unbegun(plan.id, trx)) await this.actions.cancelIn(id, context, trx);
      await this.actions.askToEndIn(await this.items.underWay(plan.id, trx), context, trx);
    });
  }

  private async change(
    { id, order_ref: order }: OrderPlan,
    action: string,
    context: RequestContext,
    work: (trx: Executor) => Promise<void>,
  ): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await work(trx);
      const detail = { plan_id: id, ...(order === null ? {} : { order }) };
      await appendAudit(trx, context, { action, detail });
    });
  }
}
