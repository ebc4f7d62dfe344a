import type { SubjectRow } from '../../database/schema.js';
import type { KeyRing } from '../../secrets/key-ring.js';

/** The row of a person who has needed nothing in MinIO yet. A MinIO user of that name is foreign, unless it has a document of this service. */
export function isUnwritten(row: Pick<SubjectRow, 'kind' | 'unchecked'>): boolean {
  return row.kind === 'user' && row.unchecked;
}

/** An adopted user that still has the secret that it had in MinIO. */
export function keepsSecret(row: SubjectRow): boolean {
  return row.foreign_secret && !isUnwritten(row);
}

/** Whether MinIO is known to hold all that it should hold of the subject, which is nothing for a person who has needed nothing there yet. */
export function isEnforced(row: SubjectRow): boolean {
  return isUnwritten(row) ? row.due_at === null : isInSync(row);
}

/** Whether MinIO is known to hold the row's state. */
export function isInSync(row: SubjectRow): boolean {
  return row.generation === row.applied_generation && !row.suspect;
}

/**
 * Whether the pair is in force, and what is derived from the row can be issued without waiting. The pending change may concern the user's
 * access. It must not concern the secret, the status, or an end of sessions or access keys, no write of unknown outcome may still restore
 * an older secret, and the secret in MinIO must be of this service.
 */
export function hasPair(row: SubjectRow, keys: KeyRing): boolean {
  const ownIsApplied =
    row.applied_status === 'active' &&
    row.secret_generation === row.applied_secret_generation &&
    row.session_epoch === row.applied_session_epoch &&
    row.access_key_epoch === row.applied_access_key_epoch;
  const isOurs = !row.foreign_secret && keys.has(row.secret_key_id);
  return row.status === 'active' && ownIsApplied && !row.suspect && isOurs;
}
