import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import type { Executor } from '../../database/schema.js';
import { Cancelled, type ProvisionResult, type RunContext, Wait } from '../../provisioning/kinds/kind.js';
import type { CheckedRequest } from '../../provisioning/records/provisions.js';
import { type OrderPlan, OrderPlansStore } from '../records/order-plans.store.js';
import { PlanItemsStore } from '../records/plan-items.store.js';
import { decide, decideUndo } from './decide.js';
import { Parts } from './parts.js';
import { messageOf, statesOf } from './states.js';

/** Carries an order plan forward, or takes it back, until it has to wait for provisions. */
@Injectable()
export class Engine {
  constructor(
    private readonly store: OrderPlansStore,
    private readonly items: PlanItemsStore,
    private readonly parts: Parts,
  ) {}

  /** Begins the next stage. Throws `item_failed` when a hard item has failed for good and nothing is under way any more. */
  async forward(planId: string, context: RunContext): Promise<ProvisionResult | Wait> {
    for (;;) {
      const plan = await this.require(planId);
      const decision = decide(statesOf(plan), plan.cancel_requested);
      switch (decision.next) {
        case 'begin': {
          const wait = await this.begin(plan, decision.positions, context);
          if (wait) return wait;
          break;
        }
        case 'stop':
          return new Wait((trx) => this.stop(planId, context, trx));
        case 'complete':
          return { operations: plan.items.flatMap(({ result }) => result?.operations ?? []) };
        case 'cancel':
          throw new Cancelled();
        case 'fail':
          throw new Problem('item_failed', messageOf(plan.items[decision.position]));
        default:
          return new Wait((trx) => this.parts.goOn(context, trx));
      }
    }
  }

  /** Undoes what the plan made and no other plan needs, the last stage first. Throws `undo_failed` when an item cannot be undone. */
  async backward(planId: string, context: RunContext): Promise<ProvisionResult | Wait> {
    await this.store.release(planId);
    const plan = await this.require(planId);
    const decision = decideUndo(statesOf(plan, this.parts));
    switch (decision.next) {
      case 'undo':
        return this.undo(plan, decision.positions, context);
      case 'undone':
        return { operations: plan.items.flatMap(({ undo_result }) => undo_result?.operations ?? []) };
      case 'undo_failed': {
        const item = plan.items[decision.position];
        throw new Problem(
          'undo_failed',
          `Item ${decision.position} (${item?.kind}) could not be undone: ${item?.undo_error ?? 'it was cancelled'}`,
        );
      }
      default:
        return new Wait((trx) => this.parts.goOn(context, trx));
    }
  }

  /** Undefined: an item was refused, and the next decision is to be made. */
  private async begin(
    plan: OrderPlan,
    positions: readonly number[],
    context: RunContext,
  ): Promise<Wait | undefined> {
    const requests = new Map<number, CheckedRequest>();
    for (const position of positions) {
      const request = await this.check(plan, position, context);
      if (request) requests.set(position, request);
    }
    if (requests.size < positions.length) return undefined;
    return new Wait(async (trx) => {
      // somebody may have cancelled it since it was read
      if (await this.store.isCancelled(plan.id, trx)) return this.parts.goOn(context, trx);
      for (const [position, request] of requests)
        await this.items.began(plan.id, position, await this.parts.begin(request, context, trx), trx);
    });
  }

  /** Undefined: it cannot be carried out, which is recorded. */
  private async check(
    plan: OrderPlan,
    position: number,
    context: RunContext,
  ): Promise<CheckedRequest | undefined> {
    const item = plan.items[position];
    if (!item) throw new RangeError(`There is no item ${position}`);
    try {
      return await this.parts.check(plan, item, context);
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      await this.items.refuse(plan.id, position, error.message, error.code);
      return undefined;
    }
  }

  /** Cancels what has not begun. */
  private async stop(planId: string, context: RunContext, trx: Executor): Promise<void> {
    for (const id of await this.items.unbegun(planId, trx)) await this.parts.cancel(id, context, trx);
    await this.parts.goOn(context, trx);
  }

  private async undo(plan: OrderPlan, positions: readonly number[], context: RunContext): Promise<Wait> {
    const made = new Map<number, Awaited<ReturnType<Parts['made']>>>();
    for (const position of positions)
      made.set(position, await this.parts.made(plan.items[position]?.provision_id ?? ''));
    return new Wait(async (trx) => {
      // two items may have one provision
      const undoes = new Map<string, string>();
      for (const [position, { row, undo: present }] of made) {
        const id = present ?? undoes.get(row.id) ?? (await this.parts.undo(row, context, trx));
        undoes.set(row.id, id);
        // an administrator, or another plan, may have asked for it
        if (present !== undefined) await this.parts.waitFor(present, context, trx);
        await this.items.undoBegan(plan.id, position, id, trx);
      }
      await this.parts.goOn(context, trx);
    });
  }

  private async require(planId: string): Promise<OrderPlan> {
    const plan = await this.store.load(planId);
    if (!plan) throw new Problem('not_found', 'There is no such plan');
    return plan;
  }
}
