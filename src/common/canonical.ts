import { sha256 } from './hash.js';

/** The one text of a JSON value (RFC 8785): fields in order, no blanks. Numbers and strings are as `JSON.stringify` writes them. */
export function canonical(value: unknown): string {
  return JSON.stringify(ordered(JSON.parse(JSON.stringify(value))));
}

/** SHA-256 of that text, in hex. */
export function digestOf(value: unknown): string {
  return sha256(canonical(value));
}

/** Whether two JSON values, or their absence, are the same, whatever the order of their fields. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonical([a]) === canonical([b]);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // a field named __proto__ stays a field
  return Object.fromEntries(fields.map(([name, inner]) => [name, ordered(inner)]));
}
