import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { causeOf, EVENT_KIND } from '../../events/event.js';
import { isFinal } from '../../plans/engine/states.js';
import type { PlanProgress } from '../../plans/records/order-plans.js';
import {
  Cancelled,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
  Wait,
} from '../../provisioning/kinds/kind.js';
import { Waits } from '../../provisioning/records/waits.js';
import { EventInput } from './event.dto.js';
import { EventPlans } from './event-plans.js';

/** An event that a run caused which an event started, and so on: it goes no deeper, or workflows could start each other without end. */
const MAX_DEPTH = 2;

/**
 * Starts the workflows of an event, by an order plan that has its id. Events about one thing wait for each other: what its creation started
 * ends before what its deletion starts begins.
 */
@Kind(EVENT_KIND, EventInput, { requestable: false, instead: 'is started by what happens', lasting: false })
@Injectable()
export class EventKind implements ProvisionKind<EventInput> {
  constructor(
    private readonly plans: EventPlans,
    private readonly waits: Waits,
  ) {}

  subjectOf({ about }: EventInput): string {
    return `event:${about}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply(input: EventInput, context: RunContext): Promise<ProvisionResult | Wait> {
    const { provisionId: id } = context;
    const plan = await this.plans.find(id);
    if (plan) return this.endOf(plan);
    if (input.depth > MAX_DEPTH)
      throw new Problem(
        'not_possible',
        `It starts nothing: it comes of ${MAX_DEPTH + 1} events that started each other`,
      );
    const earlier = await this.waits.openBefore(id);
    if (earlier !== undefined) return new Wait((trx) => this.waits.onOrGoOn(earlier, id, trx));
    // what the runs make is caused by this event
    const actor = { ...context.actor, requestId: causeOf(id) };
    const runs = await this.plans.runsOf(input, actor);
    if (runs.length === 0) return { operations: [], plan_id: null };
    return new Wait(async (trx) => {
      await this.waits.on(await this.plans.accept(id, input, runs, actor, trx), id, trx);
    });
  }

  private endOf({ id, provision, status, message, operations }: PlanProgress): ProvisionResult | Wait {
    if (status === 'failed')
      throw new Problem('item_failed', `${message ?? 'A workflow failed'} (plan ${id})`);
    if (status === 'cancelled') throw new Cancelled();
    if (!isFinal(status)) return new Wait((trx) => this.waits.onOrGoOn(provision, id, trx));
    return { operations, plan_id: id };
  }
}
