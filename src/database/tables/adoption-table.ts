import type { ColumnType } from 'kysely';
import type { Stamp } from './product-tables.js';

/** A foreign policy that was detached: from the subject's MinIO user, or from this MinIO group. */
export interface DetachedPolicy {
  policy_name: string;
  group?: string;
}

/** A user or group that existed in MinIO before. */
export interface AdoptionTable {
  subject_id: string;
  /** Of a group: the MinIO group whose members became its readers. */
  readers_group: string | null;
  adopted_by: string;
  adopted_at: Stamp;
  /** Written before anything is detached: some of it may still be attached. */
  detached: ColumnType<DetachedPolicy[], string | undefined, string>;
}
