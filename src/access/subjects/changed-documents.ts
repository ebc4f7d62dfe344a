import type { SubjectRow } from '../../database/schema.js';

/** In `changed_documents`: not only documents changed. */
export const EVERYTHING = 0;
/** `unsettled_until` is of the database's clock; that of this process may be ahead of it by less than this, in milliseconds. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Numbers of the documents that the pending change concerns. Undefined: everything must be gone over, because more has changed than grants,
 * or because it is uncertain what MinIO holds.
 */
export function changedDocuments(row: SubjectRow): number[] | undefined {
  const numbers = Object.keys(row.changed_documents).map(Number);
  const isListed = row.listed_generation === row.generation && row.end_limits !== null;
  const isSettled = (row.unsettled_until?.getTime() ?? 0) < Date.now() - CLOCKS_DIFFER_MS;
  const isCertain = !row.suspect && !row.unchecked && isSettled;
  const isActive = row.status === 'active' && row.applied_status === 'active';
  if (!isListed || !isCertain || !isActive || numbers.length === 0 || numbers.includes(EVERYTHING))
    return undefined;
  return numbers.sort((a, b) => a - b);
}
