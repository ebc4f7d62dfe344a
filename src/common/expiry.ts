import { brokenRule } from './problems/problem.js';

/** RFC 3339 with a zone: no time that depends on where it is read. */
export const INSTANT = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** The moment a grant ends, in whole seconds as MinIO compares them; it must lie ahead. 422 otherwise. */
export function readExpiry(text: string | undefined, field = 'expires_at'): Date | null {
  if (text === undefined) return null;
  const moment = Math.floor(Date.parse(text) / 1000) * 1000;
  if (Number.isNaN(moment)) throw brokenRule(field, 'must be a time that exists');
  if (moment <= Date.now()) throw brokenRule(field, 'must lie in the future');
  return new Date(moment);
}
