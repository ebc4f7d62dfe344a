/**
 * Rows for `json_to_recordset`: one statement text for any number of rows, so that it is prepared once. JSON refuses half a surrogate pair,
 * a text parameter does not; it becomes U+FFFD here as it does there.
 */
export function recordset(rows: readonly object[]): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
