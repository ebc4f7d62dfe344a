/** A product of the portal that may consume: a data product, or an exploration, which reads but owns no prefix. */
export interface ProductRef {
  kind: 'data_product' | 'exploration';
  id: string;
}

/** Characters of the longest id that is believed; the portal's own are UUIDs. */
export const MAX_ID_LENGTH = 200;

/** Control characters, half UTF-16 pairs, and what a proxy may read as the end of a path segment. */
const UNUSABLE = /[\p{Cc}\p{Cs}/\\]/u;

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/**
 * An id as it stands in a URL or a body: an opaque text that is safe as one segment of a path; undefined when it is not. The portal takes a
 * UUID in any case, with or without dashes, and repeats it in webhooks as it was written: here there is one spelling of each.
 */
export function readId(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID_LENGTH) return undefined;
  // no encoding protects these two: URL parsers take `%2e%2e` for a step up, too
  if (value === '.' || value === '..' || UNUSABLE.test(value)) return undefined;
  const uuid = UUID.exec(value);
  return uuid ? uuid.slice(1).join('-').toLowerCase() : value;
}

/** Whether the portal could know the id at all. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}

/** The kind of product as the portal writes it in its answers and events; undefined for one that is not known here. */
export function kindOf(type: unknown): ProductRef['kind'] | undefined {
  if (type === 'data_products') return 'data_product';
  return type === 'explorations' ? 'exploration' : undefined;
}
