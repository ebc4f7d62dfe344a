/**
 * Rows for `json_to_recordset`: one statement text for any number of rows, so that it is prepared once. Half a surrogate pair is refused in
 * JSON, but not in a text parameter; it becomes U+FFFD here as it does there.
 */
export function recordset(rows: readonly object[]): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
