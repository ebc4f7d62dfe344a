/** A product of the portal that can be a consumer: a data product, or an exploration, which reads but owns no prefix. */
export interface ProductRef {
  kind: 'data_product' | 'exploration';
  id: string;
}

/** The maximum length of an accepted id; the portal's own ids are UUIDs. */
export const MAX_ID_LENGTH = 200;

/** Control characters, unpaired surrogates, and characters that a proxy may read as the end of a path segment. */
const UNUSABLE = /[\p{Cc}\p{Cs}/\\]/u;

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/**
 * Reads an id from a URL or a body: an opaque string that is safe as one path segment; undefined if it is not. The portal accepts a UUID in
 * any case, with or without dashes, and repeats it in webhooks as it was written; this function returns one canonical spelling.
 */
export function readId(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID_LENGTH) return undefined;
  // encoding does not help for these two: URL parsers read `%2e%2e` as a step up, too
  if (value === '.' || value === '..' || UNUSABLE.test(value)) return undefined;
  const uuid = UUID.exec(value);
  return uuid ? uuid.slice(1).join('-').toLowerCase() : value;
}

/** Whether the id can exist in the portal. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}

/** The kind of product, from the portal's own name for it in answers and events; undefined for an unknown one. */
export function kindOf(type: unknown): ProductRef['kind'] | undefined {
  if (type === 'data_products') return 'data_product';
  return type === 'explorations' ? 'exploration' : undefined;
}
