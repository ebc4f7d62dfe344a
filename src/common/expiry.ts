import { brokenRule } from './problems/problem.js';

/** RFC 3339 with a zone: the time does not depend on where it is read. */
export const INSTANT = /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** The moment a grant ends, in whole seconds as MinIO compares them; it must be in the future. 422 otherwise. */
export function readExpiry(text: string | undefined, field = 'expires_at'): Date | null {
  if (text === undefined) return null;
  const moment = Math.floor(Date.parse(text) / 1000) * 1000;
  if (Number.isNaN(moment) || !isDay(text)) throw brokenRule(field, 'must be a time that exists');
  if (moment <= Date.now()) throw brokenRule(field, 'must lie in the future');
  return new Date(moment);
}

/** `Date.parse` reads 30 February as 2 March: a grant until a day that does not exist would end later than intended. */
function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split(/\D/).map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
