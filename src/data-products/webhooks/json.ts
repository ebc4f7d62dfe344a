import { type FieldError } from '../../common/problems/problem.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The parsed value, or the violated rule: a 400. Rules never repeat the input. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; error: FieldError };

export function malformed(field: string, rule: string): { ok: false; error: FieldError } {
  return { ok: false, error: { field, rule } };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Decodes text as RFC 8259, section 8.1, requires between machines: UTF-8 without a byte order mark. Undefined if not UTF-8. */
export function utf8(raw: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

/** The value; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
