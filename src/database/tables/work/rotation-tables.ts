import type { Generated } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** A rotation of everybody's secret. At most one is running. */
export interface RotationTable {
  id: Generated<string>;
  state: Generated<'running' | 'completed' | 'failed' | 'cancelled'>;
  reason: string | null;
  revoke_sessions: boolean;
  revoke_access_keys: boolean;
  /** The provision that carries it out. */
  provision_id: string | null;
  requested_by: string;
  created_at: Stamp;
  ended_at: Stamp | null;
}

/** One of those whom a rotation concerns. */
export interface RotationSubjectTable {
  rotation_id: string;
  /** The subject of that name when the rotation was requested. */
  subject_id: string;
  kind: 'user' | 'data_product';
  name: string;
  outcome: 'waiting' | 'rotated' | 'already_new' | 'skipped' | 'failed';
  /** The outcome once MinIO holds the secret; set in the transaction that replaces it. */
  decided: 'rotated' | 'already_new' | null;
  /** Tries in vain. */
  attempts: Generated<number>;
  /** Why it was skipped, failed or still waits. */
  code: string | null;
  detail: string | null;
}
