import { itemStatusOf, standingOf } from '../engine/states.js';
import type { OrderPlan } from '../records/order-plans.store.js';
import type { ItemRow } from '../records/plan-items.store.js';
import type { PlanDto, PlanItemDto, PlanSummaryDto } from './plan.dto.js';

export function summaryOf(plan: OrderPlan): PlanSummaryDto {
  const { id, callback, requested_by } = plan;
  const { status, message } = standingOf(plan);
  return {
    ...{ id, order: plan.order_ref, callback, status, result_message: message, requested_by },
    created_at: plan.created_at.toISOString(),
    ended_at: plan.ended_at?.toISOString() ?? null,
    undone_at: plan.undone_at?.toISOString() ?? null,
  };
}

export function planOf(plan: OrderPlan): PlanDto {
  const { status } = standingOf(plan);
  return { ...summaryOf(plan), items: plan.items.map((item) => itemOf(item, status)) };
}

function itemOf(item: ItemRow, planStatus: PlanDto['status']): PlanItemDto {
  const { provision_id, kind, input, stage, hard, joined, result, undo_result } = item;
  const status = itemStatusOf(item, planStatus);
  return {
    ...{ provision_id, kind, input, stage, hard, joined, status },
    operations: (undo_result ?? result)?.operations ?? [],
    error: status === 'undo_failed' ? item.undo_error : (item.refused ?? item.error),
    error_code: item.refused_code ?? item.error_code,
  };
}
