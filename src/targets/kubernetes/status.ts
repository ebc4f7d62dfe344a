/** What the API server says of a call that failed: the parts that are read. */
export interface Status {
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string; field?: string }[] };
}

/** A field that somebody else manages. */
export interface FieldConflict {
  field: string;
  manager: string;
}

/** Unknown fields of an object with a built-in type are answered with 500. */
const UNKNOWN_FIELD = /field not declared in schema|unknown field|failed to create typed patch object/;

/** The fields that an apply may not change, and who manages them. */
export function conflictsOf(status: Status | undefined): FieldConflict[] {
  const causes = status?.details?.causes ?? [];
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field = '?', message = '' }) => ({
      field,
      manager: /conflict with "([^"]*)"/.exec(message)?.[1] ?? 'somebody else',
    }));
}

/** Whether the same call would be refused again. */
export function isPermanent(code: number, status: Status | undefined): boolean {
  if (code === 500) return UNKNOWN_FIELD.test(status?.message ?? '');
  // without a field, a conflict says that somebody else wrote at the same time
  return code < 500 && code !== 429 && code !== 408 && code !== 409;
}
