import { brokenRule } from '../problems/problem.js';
import { decodeCursor } from './paging.js';

/** Where a page of a sorted list ended: the text by which it is sorted, and the name, which decides between equal ones. */
export interface SortedPlace {
  key: string;
  name: string;
}

/** A text of one word, as keys and names are: a cursor of any other form was never issued. */
const WORD = /^\S{0,200}$/;

/** The values of `sort`: each field, and with a minus the opposite order. */
export function sortsOf<F extends string>(fields: readonly F[]): (F | `-${F}`)[] {
  return fields.flatMap((field): (F | `-${F}`)[] => [field, `-${field}`]);
}

/** What a value of `sort` says. */
export function readSort<F extends string>(sort: F | `-${F}`): { field: F; descending: boolean } {
  const descending = sort.startsWith('-');
  return { field: (descending ? sort.slice(1) : sort) as F, descending };
}

/** The text that the cursor after a place stands for. It names the order, because it means nothing in another one. */
export function sortedCursor(sort: string, { key, name }: SortedPlace): string {
  return `${sort} ${key} ${name}`;
}

/** The place that a cursor of {@link sortedCursor} stands for; 422 for one of another order, or that was never issued. */
export function decodeSortedCursor(cursor: string | undefined, sort: string): SortedPlace | undefined {
  const text = decodeCursor(cursor);
  if (text === undefined) return undefined;
  const [by, key, name, ...more] = text.split(' ');
  const isOne = key !== undefined && WORD.test(key) && name !== undefined && WORD.test(name) && name !== '';
  if (by !== sort || !isOne || more.length > 0 || text.includes('\0'))
    throw brokenRule('cursor', 'must be the next_cursor of an earlier page with the same sort');
  return { key, name };
}
