import type { ColumnType, Generated } from 'kysely';

/** Optional on insert: the database has a default. */
export type Stamp = ColumnType<Date, Date | string | undefined, Date | string>;

/**
 * A data product or exploration of the portal, and what was created for it. Rows of deleted ones stay: a reused name is another product.
 */
export interface DataProductTable {
  /** The portal's id. */
  id: string;
  kind: 'data_product' | 'exploration';
  name: string | null;
  /** Its first namespace, permanently. */
  namespace: string | null;
  /** Its own prefix in PRODUCTS_BUCKET, permanently: no other product ever gets it. */
  prefix: string | null;
  /** What the portal says now. */
  portal_namespace: string | null;
  /** `rejected`: its namespace cannot be a prefix. `missing`: the portal does not have it, and never announced its deletion. */
  state: Generated<'pending' | 'ready' | 'rejected' | 'missing' | 'deleted'>;
  /** The portal has deleted it; what was created for it is being removed. */
  deleting: Generated<boolean>;
  subject_name: string | null;
  /** Name of the project's folder, once there is one. */
  project: string | null;
  /** The portal was notified once that it is ready. */
  ready_set: Generated<boolean>;
  last_reconciled_at: Stamp | null;
  last_error: string | null;
  claimed_at: Stamp | null;
  /** The name of the key that is being handed out, from before the key exists. */
  sealed_claim_key: string | null;
  /** Until then the claim belongs to the request that named the key. */
  claim_until: Stamp | null;
  created_at: Stamp;
  deleted_at: Stamp | null;
  /** The portal keeps this service's finalizer on it: the portal cannot have deleted it without this service. */
  finalizer: Generated<boolean>;
  missing_since: Stamp | null;
  /** A delivery that only the portal can have sent says that it was deleted. */
  deletion_told: Generated<boolean>;
  /** When an administrator confirmed that a missing one is gone. */
  removal_confirmed_at: Stamp | null;
  /** Access has ended; project and data wait for an administrator. */
  data_waits: Generated<boolean>;
  /** What each output port that it was approved for gives: a list, as it is shown. */
  approvals: ColumnType<unknown[], string | undefined, string>;
  /** When the next of them ends by its date. */
  next_look_at: Stamp | null;
  /** The portal has technical assets for its paths. */
  assets_registered: Generated<boolean>;
  /** Why the portal did not accept them. */
  assets_problem: string | null;
  assets_tried_at: Stamp | null;
  /** Its role in PostgreSQL that logs in, from before the role exists. */
  database_role: string | null;
  /** It has been there once as it should be. */
  database_made: Generated<boolean>;
  /** Why it is not as it should be. */
  database_problem: string | null;
  /** Random, not secret: changes its password in PostgreSQL without its secret in MinIO. Null: no password was shown. */
  database_salt: string | null;
  /** Who was shown the last password. */
  database_shown_to: string | null;
  /** In lower case, of the owner who was shown it; null: nobody was, or an administrator, who need not be an owner. */
  database_shown_email: string | null;
  database_shown_at: Stamp | null;
  /** The portal has a technical asset for its schema; or why it has none. */
  schema_registered: Generated<boolean>;
  schema_unregistered_why: string | null;
  schema_tried_at: Stamp | null;
  /** The portal has an output port for its schema; or why it has none. */
  port_registered: Generated<boolean>;
  port_unregistered_why: string | null;
  port_tried_at: Stamp | null;
}

/** A key of a data product that was claimed. */
export interface DataProductClaimTable {
  access_key: string;
  product_id: string;
  /** In lower case, of the owner who claimed it; null: an administrator did, and need not be an owner. */
  email: string | null;
  claimed_by: string;
  claimed_at: Stamp;
}

/** The portal as it was when everything was last found there; one row, none before that. */
export interface PortalWatchTable {
  singleton: Generated<boolean>;
  url: string;
  /** Ids of its configuration that no other portal has. */
  marks: ColumnType<string[], string, string>;
  /** Since when no check changes anything, and why. */
  braked_at: Stamp | null;
  braked_why: string | null;
  updated_at: Stamp;
}

/** Which consumer may read which output port, for setups without a portal to ask. */
export interface DataProductPortTable {
  provider_id: string;
  output_port_id: string;
  consumer_id: string;
  updated_at: Stamp;
}

/** The last delivery about an object: the same delivery again contains nothing new. */
export interface PortalDeliveryTable {
  about: string;
  fingerprint: string;
  received_at: Stamp;
}
