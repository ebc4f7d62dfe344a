import { brokenRule } from '../problems/problem.js';

/** One page: the items and where the next page starts, null at the end. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** Makes a page of `limit` items out of `limit + 1` rows; `keyOf` returns the text that the next page starts after. */
export function pageOf<R, T>(
  rows: R[],
  limit: number,
  keyOf: (row: R) => string,
  toItem: (row: R) => T,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: items.map(toItem),
    next_cursor: more ? Buffer.from(keyOf(last)).toString('base64url') : null,
  };
}

/** Cursors that stand for the id of a row, and for its place in the order of acceptance. */
export const ID_CURSOR = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const SEQUENCE_CURSOR = /^\d{1,18}$/;

/** The text that a cursor stands for; a cursor that was never issued, or has another form, is a 422. */
export function decodeCursor(cursor: string | undefined, form = /./s): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!form.test(text) || Buffer.from(text).toString('base64url') !== cursor) {
    throw brokenRule('cursor', 'must be the next_cursor of an earlier page');
  }
  return text;
}
