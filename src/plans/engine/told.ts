import type { OrderPlan } from '../records/order-plans.store.js';
import { itemStatusOf, standingOf } from './states.js';

/** What a callback tells of a plan that has ended: what each item came to, never its input. */
export function toldOf(plan: OrderPlan): { type: string; timestamp: string; data: Record<string, unknown> } {
  const { status, message } = standingOf(plan);
  const items = plan.items.map((item) => ({
    provision_id: item.provision_id,
    kind: item.kind,
    stage: item.stage,
    hard: item.hard,
    status: itemStatusOf(item, status),
    error: item.refused ?? item.error,
  }));
  return {
    type: `plan.${status}`,
    timestamp: (plan.ended_at ?? plan.created_at).toISOString(),
    data: { id: plan.id, order: plan.order_ref, status, result_message: message, items },
  };
}
