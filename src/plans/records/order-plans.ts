import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { digestOf } from '../../common/canonical.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { Database, type Executor } from '../../database/schema.js';
import { idOfKey } from '../../provisioning/http/idempotency-key.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import { type Standing, standingOf } from '../engine/states.js';
import { PLAN_KIND } from '../engine/plan.kind.js';
import { PlanChecks } from './plan-checks.js';
import type { NewItem } from './plan-items.store.js';
import type { PlanRequest } from './plan-request.js';
import { type NewPlan, type OrderPlan, OrderPlansStore } from './order-plans.store.js';

/** How a plan stands, the provision that carries it out, and what its items have done. */
export interface PlanProgress extends Standing {
  id: string;
  provision: string;
  operations: Operation[];
}

/** Accepts order plans. {@link PlanActions} is what callers do with them afterwards. */
@Injectable()
export class OrderPlans {
  constructor(
    private readonly db: Database,
    private readonly store: OrderPlansStore,
    private readonly checks: PlanChecks,
    private readonly provisions: Provisions,
  ) {}

  /** Checks the whole request, then records the plan and its provision; nothing of it if anything is wrong. */
  async request(request: PlanRequest, context: RequestContext): Promise<OrderPlan> {
    const items = await this.checks.check(request, context);
    const { order, callback, idempotencyKey: key } = request;
    const plan: NewPlan = {
      ...(key === undefined ? {} : { id: idOfKey(key, context) }),
      ...{ order_ref: order ?? null, callback: callback ?? null, items },
      ...{ request_hash: hashOf(request), limited: !context.caller.admin },
    };
    const made = await this.db.transaction().execute((trx) => this.record(plan, context, trx));
    return made ?? this.earlier(plan);
  }

  /**
   * Records the plan of an event, which has its id, in the caller's transaction. Its items are checked when their stages begin. Returns the
   * provision that carries it out.
   */
  async accept(
    { id, order, items }: { id: string; order: string; items: readonly NewItem[] },
    context: RequestContext,
    trx: Executor,
  ): Promise<string> {
    const request_hash = hashOf({ order, items });
    const plan = { id, order_ref: order, callback: null, items, request_hash, limited: false };
    const { provision_id: provision = null } = (await this.record(plan, context, trx)) ?? {};
    if (provision === null) throw new Error(`There is a plan ${id}`);
    return provision;
  }

  /** How a plan stands; undefined: there is none. */
  async progressOf(id: string): Promise<PlanProgress | undefined> {
    const plan = await this.store.load(id);
    if (!plan) return undefined;
    const operations = plan.items.flatMap(({ result }) => result?.operations ?? []);
    return { id, provision: plan.provision_id ?? '', ...standingOf(plan), operations };
  }

  /** Throws 404 if there is none, or the caller may not know of it: a service sees its own. */
  async require(id: string, context: RequestContext): Promise<OrderPlan> {
    const plan = await this.store.load(id);
    const isOwn = plan?.requested_by === context.name && plan.requested_by_kind === context.kind;
    if (!plan || !(context.caller.admin || isOwn)) throw noSuch('plan');
    return plan;
  }

  private async record(
    plan: NewPlan,
    context: RequestContext,
    trx: Executor,
  ): Promise<OrderPlan | undefined> {
    const id = await this.store.create(plan, context, trx);
    if (id === undefined) return undefined;
    const input = { plan_id: id };
    const metadata = { ...input, ...(plan.order_ref === null ? {} : { order: plan.order_ref }) };
    const { id: provisionId } = await this.provisions.accept(
      { kind: PLAN_KIND, input, origin: 'api', subject: `plan:${id}`, metadata },
      context,
      trx,
    );
    await this.store.carriedOutBy(id, provisionId, trx);
    const detail = { ...metadata, items: plan.items.map(({ kind }) => kind) };
    await appendAudit(trx, context, { action: 'plan.requested', detail });
    return this.store.load(id, trx);
  }

  /** The plan of an earlier request with the same key. */
  private async earlier({ id = '', request_hash }: NewPlan): Promise<OrderPlan> {
    const plan = await this.store.load(id);
    if (plan?.request_hash === request_hash) return plan;
    throw new Problem('idempotency_conflict', 'The idempotency key was already used for a different request');
  }
}

/** The same request has the same hash, regardless of the order of its fields. */
function hashOf({ order, callback, items }: Pick<PlanRequest, 'order' | 'callback' | 'items'>): string {
  return digestOf({ order, callback: callback ?? undefined, items });
}
