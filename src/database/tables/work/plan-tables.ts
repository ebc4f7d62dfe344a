import type { ColumnType, Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** A provision goes on when another one has ended, of which it is not the whole: several may wait for one. */
export interface ProvisionWaiterTable {
  /** What is waited for. */
  provision_id: string;
  /** What goes on then. */
  waiter_id: string;
}

/** An order plan: provisions in stages, whose joint result is one result. */
export interface PlanTable {
  /** In the order of acceptance. */
  seq: Generated<string>;
  id: Generated<string>;
  /** What the caller calls the order. */
  order_ref: string | null;
  /** Where the end is told. */
  callback: string | null;
  /** SHA-256 of the request, for a repeated idempotency key. */
  request_hash: string;
  /** The provision that carries it out. */
  provision_id: string | null;
  /** Asked for by a service that may not do everything: checked again before each stage. */
  limited: boolean;
  cancel_requested: Generated<boolean>;
  /** It is being taken back, or was: it needs its provisions no longer. */
  undo_requested: Generated<boolean>;
  requested_by: string;
  requested_by_kind: 'person' | 'service' | 'system';
  created_at: Stamp;
  ended_at: Stamp | null;
  undone_at: Stamp | null;
}

/** One item of an order plan. The state of its provision is its state; one provision may be in several plans. */
export interface PlanItemTable {
  plan_id: string;
  /** From 0, in the order of the request. */
  position: number;
  kind: string;
  input: ColumnType<Record<string, unknown>, string, never>;
  stage: number;
  /** Its failure ends the plan. */
  hard: boolean;
  /** Why it could not begin: it failed. */
  refused: string | null;
  refused_code: string | null;
  /** The provision that carries it out; null: it has not begun. */
  provision_id: string | null;
  /** The provision was on its way already, for an equal request. */
  joined: Generated<boolean>;
  /** The provision that undoes it. */
  undo_id: string | null;
}
