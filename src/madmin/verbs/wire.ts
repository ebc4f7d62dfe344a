import { MadminError } from '../errors.js';
import type { PolicyDocument, PolicyStatement } from '../types.js';

/** As RustFS writes a date where it does not use RFC 3339: `2026-11-29 16:05:01.123456789 +00:00:00`. */
const SPACED = /^(\S+) (\S+) ([+-]\d\d:\d\d):00$/;

/** Go's zero time, and the epoch that stands for "never expires", are no dates. */
export function dateOf(text: string | null | undefined): Date | undefined {
  if (!text) return undefined;
  const date = new Date(text.replace(SPACED, '$1T$2$3'));
  return date.getTime() > 0 ? date : undefined;
}

/** MinIO joins policy names by commas, and stores empty elements if it receives some. */
export function splitList(text: string | null | undefined): string[] {
  return (text ?? '').split(',').filter((name) => name !== '');
}

/** MinIO takes the date of a condition as text or as a list of one text, RustFS only as text: a list of one is sent as its text. */
export function sentDocument(document: PolicyDocument): PolicyDocument {
  return { ...document, Statement: document.Statement.map(sentStatement) };
}

function sentStatement(statement: PolicyStatement): PolicyStatement {
  if (!statement.Condition) return statement;
  const Condition = Object.entries(statement.Condition).map(([operator, keys]) => [
    operator,
    /^Date/i.test(operator) ? Object.fromEntries(Object.entries(keys).map(sentDate)) : keys,
  ]);
  return { ...statement, Condition: Object.fromEntries(Condition) as PolicyStatement['Condition'] };
}

function sentDate<T>([key, values]: [string, T | readonly T[]]): [string, T | readonly T[]] {
  const [only, ...others] = Array.isArray(values) ? (values as readonly T[]) : [];
  return [key, only !== undefined && others.length === 0 ? only : values];
}

/** Refuses values that MinIO would misinterpret: nothing, a list, or text that is not Unicode. */
export function checkNames(verb: string, what: string, names: readonly string[], forbidden = /^$/): void {
  for (const name of names) {
    if (typeof name === 'string' && name !== '' && !/\p{Surrogate}/u.test(name) && !forbidden.test(name))
      continue;
    throw new MadminError('invalid', `${verb}: invalid (${what})`);
  }
}
