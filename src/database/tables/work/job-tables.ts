import type { ColumnType, Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** A prefix of a bucket, with a final slash. */
export interface StoredPrefix {
  bucket: string;
  prefix: string;
}

/** The deletion of everything below the homes of a removed user, or below a data product's prefix. At most one per prefix is not completed. */
export interface DataDeletionTable {
  id: Generated<string>;
  /** The data of a user is in the lake's bucket, that of a data product in the products bucket. */
  subject_kind: 'user' | 'data_product';
  subject_name: string;
  /** The live subject of that name when the deletion was requested, if there was one. */
  subject_id: string | null;
  /** Ends with a slash. Of a user with several homes: that of the first. */
  prefix: string;
  /** All homes of a user who has several, each prefix with its slash; null: only `prefix`. */
  homes: ColumnType<StoredPrefix[] | null, string | null | undefined, string | null>;
  state: 'pending' | 'running' | 'completed' | 'failed';
  /** The removal of the subject is committed: before, nothing may be deleted. */
  confirmed: Generated<boolean>;
  requested_at: Stamp;
  /** Who asked for it. */
  actor: string;
  actor_kind: 'person' | 'service' | 'system';
  request_id: string | null;
  /** By MinIO's clock: what was written then or later stays. Null until access has ended. */
  before: Stamp | null;
  deleted: ColumnType<string | number, number | undefined, number>;
  failed: ColumnType<string | number, number | undefined, number>;
  last_error: string | null;
  /** Runs in a row that failed and deleted nothing. */
  attempts: Generated<number>;
  /** The provision that carries it out; null if there was none. */
  provision_id: string | null;
  /** Fence: new for every run. Kept if the run did not end in order: its last call may be on its way. */
  holder: string | null;
  created_at: Stamp;
  updated_at: Stamp;
}

/** `pending_action`: it waits for provisions that wake it at their end, or for somebody's decision. */
export type ProvisionStatus =
  'pending' | 'processing' | 'pending_action' | 'completed' | 'failed' | 'cancelled';

/** A durable request to make something true. Rows in a final status never change, except for the decision on a dead letter. */
export interface ProvisionTable {
  /** In the order of acceptance. */
  seq: Generated<string>;
  id: Generated<string>;
  /** Which of the kinds carries it out. */
  kind: string;
  /** Provisions of one subject run one at a time, in order. */
  subject: string;
  origin: 'api' | 'webhook' | 'role' | 'schedule' | 'reconcile' | 'workflow' | 'plan';
  status: Generated<ProvisionStatus>;
  input: ColumnType<Record<string, unknown>, string, never>;
  result: ColumnType<Record<string, unknown> | null, never, string>;
  error: string | null;
  /** Names the failure: the code of a problem. */
  error_code: string | null;
  attempts: Generated<number>;
  /** Null: it is tried until it succeeds or cannot. */
  max_attempts: number | null;
  due_at: Stamp;
  /** One that is not done then has failed; null: it may take as long as it takes. */
  deadline_at: Stamp | null;
  /** Fence: new for every attempt. */
  holder: string | null;
  lease_until: Stamp | null;
  /** Given up: an administrator redrives or discards it. */
  dead_lettered_at: Stamp | null;
  discarded_at: Stamp | null;
  discard_reason: string | null;
  redriven_from: string | null;
  parent_id: string | null;
  /** The provision that goes on when this one has ended. */
  wakes: string | null;
  correlation_id: string;
  metadata: ColumnType<Record<string, unknown>, string | undefined, never>;
  requested_by: string;
  requested_by_kind: 'person' | 'service' | 'system';
  request_id: string | null;
  /** The span that asked for it, as the header `traceparent` writes it; null: nothing was traced. */
  trace_parent: string | null;
  idempotency_key: string | null;
  /** SHA-256 of the request behind the idempotency key. */
  request_hash: string | null;
  created_at: Stamp;
  updated_at: Stamp;
  provisioned_at: Stamp | null;
  /** When its key was handed out. */
  claimed_at: Stamp | null;
  /** The name of the key that is being handed out, from before the key exists. */
  sealed_claim_key: string | null;
  /** Until then the claim belongs to the request that named the key. */
  claim_until: Stamp | null;
}

/** Append-only by trigger. */
export interface ProvisionEventTable {
  id: Generated<string>;
  provision_id: string;
  at: Stamp;
  event: string;
  correlation_id: string;
  detail: ColumnType<Record<string, unknown>, string, never>;
}

/** What a role gives. */
export interface RoleTable {
  name: string;
  description: string | null;
  entitlements: ColumnType<unknown[], string, string>;
  created_at: Stamp;
  updated_at: Stamp;
}

/** The roles that a user was last provisioned with. */
export interface RoleAssignmentTable {
  user_id: string;
  roles: ColumnType<string[], string, string>;
  /** Entitlements that were revoked explicitly: roles do not give them until the next request for the user. */
  revoked: ColumnType<unknown[], string | undefined, string>;
  updated_at: Stamp;
}
