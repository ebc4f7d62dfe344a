import type { ProvisionStatus } from '../../database/tables/work/job-tables.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import type { OrderPlan } from '../records/order-plans.store.js';
import type { ItemRow } from '../records/plan-items.store.js';
import { decide, type ItemState } from './decide.js';

/** What can be undone of provisions of a kind. */
export interface Undoable {
  canUndo: (kind: string) => boolean;
  /** One that failed or was cancelled may have made something. */
  isPartial: (kind: string) => boolean;
}

const NOTHING: Undoable = { canUndo: () => false, isPartial: () => false };

/** How far each item of a plan is, by the states of its provisions. */
export function statesOf({ items }: Pick<OrderPlan, 'items'>, { canUndo, isPartial } = NOTHING): ItemState[] {
  return items.map((item) => ({
    position: item.position,
    stage: item.stage,
    hard: item.hard,
    state: stateOf(item),
    endedAt: item.changed_at?.getTime() ?? null,
    undoable: item.origin === 'plan' && !item.shared && canUndo(item.kind),
    partial: item.status !== null && isPartial(item.kind),
    undo: item.undo_status === null ? null : progressOf(item.undo_status),
  }));
}

/** How a plan stands, by its items: as soon as the last provision has ended, and before the plan's own has noticed. */
export interface Standing {
  status: ProvisionStatus;
  /** Of the hard item that failed first. */
  message: string | null;
}

export function standingOf(plan: OrderPlan): Standing {
  const decision = decide(statesOf(plan), plan.cancel_requested);
  if (decision.next === 'fail') {
    const item = plan.items[decision.position];
    return { status: 'failed', message: messageOf(item) };
  }
  const status = isFinal(plan.provision_status) ? plan.provision_status : undefined;
  if (status === undefined && decision.next === 'complete') return { status: 'completed', message: null };
  if (status === undefined && decision.next === 'cancel') return { status: 'cancelled', message: null };
  return { status: plan.provision_status, message: plan.provision_error };
}

/** Why an item failed. */
export function messageOf(item: ItemRow | undefined): string {
  return item?.refused ?? item?.error ?? 'It was cancelled';
}

export function isFinal(status: ProvisionStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

function stateOf({ refused, status }: ItemRow): ItemState['state'] {
  if (refused !== null) return 'failed';
  if (status === 'cancelled') return 'cancelled';
  return status === null ? 'waiting' : progressOf(status);
}

function progressOf(status: ProvisionStatus): 'open' | 'done' | 'failed' {
  if (status === 'completed') return 'done';
  return status === 'failed' || status === 'cancelled' ? 'failed' : 'open';
}

/** How one item stands, in the words of the API. */
export function itemStatusOf(item: ItemRow, planStatus: ProvisionStatus): string {
  if (item.refused !== null) return 'failed';
  if (item.status === null) return isFinal(planStatus) ? 'cancelled' : 'waiting';
  if (item.undo_status === 'completed') return 'undone';
  if (item.undo_status !== null) return isFinal(item.undo_status) ? 'undo_failed' : 'undoing';
  return item.status === 'completed' && heldBefore(item) ? 'skipped' : item.status;
}

/** It was already so: the provision had nothing to do. */
function heldBefore({ result }: ItemRow): boolean {
  const operations = result?.operations ?? [];
  const wasSo = ({ action, status }: Operation): boolean =>
    status === 'unchanged' || (status === 'skipped' && (action === 'revoke' || action === 'remove'));
  return operations.length > 0 && operations.every(wasSo);
}
