/** Folders of one level: their names without a slash, and where the next page starts; undefined at the end. */
export interface FoldersPage {
  names: string[];
  next: string | undefined;
}

/** The folders in MinIO's answer to ListObjectsV2, URL-encoded, below a prefix that ends with a slash. */
export function foldersOf(xml: Record<string, unknown>, prefix: string): FoldersPage {
  const result = fieldsOf(xml['ListBucketResult']);
  const listed = result['CommonPrefixes'];
  const rows = listed === undefined ? [] : Array.isArray(listed) ? (listed as unknown[]) : [listed];
  const names = rows.map((row) => decode(textOf(fieldsOf(row)['Prefix'])).slice(prefix.length, -1));
  const next = result['IsTruncated'] === 'true' ? textOf(result['NextContinuationToken']) : undefined;
  return { names, next };
}

/** MinIO encodes names as forms do: a space is a plus sign. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
