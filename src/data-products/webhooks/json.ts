import { type FieldError } from '../../common/problems/problem.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What was read, or the rule that it breaks: a 400. Rules never repeat what was sent. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; error: FieldError };

export function malformed(field: string, rule: string): { ok: false; error: FieldError } {
  return { ok: false, error: { field, rule } };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text that JSON exchanged between machines may be (RFC 8259, section 8.1): UTF-8 without a mark in front. Undefined when it is not UTF-8. */
export function utf8(raw: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

/** The value, or undefined when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
