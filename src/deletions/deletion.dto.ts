/** Where a deletion stands. */
export type DeletionState = 'pending' | 'running' | 'completed' | 'failed';

/** The deletion of everything below the home of a removed user. */
export class DeletionDto {
  /**
   * Identifies the deletion
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * The key prefix in the lake's bucket, with its slash: everything below it goes
   * @example "users-warehouse/alice/"
   */
  prefix!: string;

  /** `pending`: waits for the end of access, or for MinIO to answer; `failed`: what is left could not be deleted, ask again to retry */
  state!: DeletionState;

  /** Versions, delete markers and unfinished uploads deleted so far */
  deleted!: number;

  /** Versions that could not be deleted, by a retention or a legal hold for example */
  failed!: number;

  /**
   * The last failure, as S3 names it
   * @example "AccessDenied: Object is WORM protected and cannot be overwritten"
   */
  last_error!: string | null;

  /** When it was first asked for, RFC 3339 */
  created_at!: string;

  /** When it last went on, RFC 3339 */
  updated_at!: string;
}
