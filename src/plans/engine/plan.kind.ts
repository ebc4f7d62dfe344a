import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { Callbacks } from '../../notifications/callbacks/callbacks.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  type Wait,
} from '../../provisioning/kinds/kind.js';
import { OrderPlansStore } from '../records/order-plans.store.js';
import { Engine } from './engine.js';
import { isFinal } from './states.js';
import { toldOf } from './told.js';

export const PLAN_KIND = 'plan';

/** An order plan. */
export class PlanInput {
  /** Its id */
  @IsUUID()
  plan_id!: string;
}

/**
 * Carries out an order plan, stage by stage. Only {@link OrderPlans} creates one. Its items are provisions of their own, and dead letters of
 * their own where they fail.
 */
@Kind(PLAN_KIND, PlanInput, {
  requestable: false,
  instead: 'is requested with POST /plans',
  partial: true,
  redrivable: false,
})
@Injectable()
export class PlanKind implements ProvisionKind<PlanInput> {
  constructor(
    private readonly engine: Engine,
    private readonly store: OrderPlansStore,
    private readonly callbacks: Callbacks,
  ) {}

  subjectOf({ plan_id }: PlanInput): string {
    return `plan:${plan_id}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  apply({ plan_id }: PlanInput, context: RunContext): Promise<ProvisionResult | Wait> {
    return this.engine.forward(plan_id, context);
  }

  undo({ plan_id }: PlanInput, _: ProvisionResult, context: RunContext): Promise<ProvisionResult | Wait> {
    return this.engine.backward(plan_id, context);
  }

  /** The end of the plan and the provision that tells it are recorded together. */
  async recorded({ plan_id }: PlanInput, row: ProvisionRow, trx: Executor): Promise<void> {
    if (!isFinal(row.status)) return;
    await this.store.ended(plan_id, trx);
    const plan = await this.store.load(plan_id, trx);
    if (!plan || plan.callback === null) return;
    const actor = { name: row.requested_by, kind: row.requested_by_kind };
    await this.callbacks.tell({ url: plan.callback, ...toldOf(plan) }, actor, trx);
  }

  async undoRecorded({ plan_id }: PlanInput, { status }: ProvisionRow, trx: Executor): Promise<void> {
    if (status === 'completed') await this.store.undone(plan_id, trx);
  }
}
