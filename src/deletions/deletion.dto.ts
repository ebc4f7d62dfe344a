import type { DataDeletionRow } from '../database/schema.js';

/** The state of a deletion. */
export type DeletionState = 'pending' | 'running' | 'completed' | 'failed';

/** The deletion of everything below the homes of a removed user, or below the prefix of a data product that is gone. */
export class DeletionDto {
  /**
   * Identifies the deletion
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * The key prefix, with its slash, in the bucket of the lake or of the products: everything below it is deleted
   * @example "users-warehouse/alice/"
   */
  prefix!: string;

  /**
   * Every path that is deleted, if the user had several homes
   * @example ["s3a://cdm-lake/users-warehouse/alice/"]
   */
  paths?: string[];

  /** `pending`: waits until access has ended, or until MinIO answers; `failed`: some data could not be deleted, ask again to retry */
  state!: DeletionState;

  /** Versions, delete markers and unfinished uploads deleted so far */
  deleted!: number;

  /** Versions that could not be deleted, for example because of a retention or a legal hold */
  failed!: number;

  /**
   * The last failure, in the words of S3
   * @example "AccessDenied: Object is WORM protected and cannot be overwritten"
   */
  last_error!: string | null;

  /** When it was first requested, RFC 3339 */
  created_at!: string;

  /** When it last made progress, RFC 3339 */
  updated_at!: string;
}

/** The view of a deletion for administrators. */
export function deletionOf(row: DataDeletionRow): DeletionDto {
  return {
    id: row.id,
    prefix: row.prefix,
    ...(row.homes ? { paths: row.homes.map(({ bucket, prefix }) => `s3a://${bucket}/${prefix}`) } : {}),
    state: row.state,
    deleted: Number(row.deleted),
    failed: Number(row.failed),
    last_error: row.last_error,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
