import type { Json } from '../model.js';
import { parseText } from './parse-text.js';
import type { Reference } from './reference.js';

/** All references in the leaves of a value. Throws a ReferenceProblem if one cannot be read. */
export function referencesIn(value: Json): Reference[] {
  if (typeof value === 'string') return parseText(value).filter((part) => typeof part !== 'string');
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(referencesIn);
}
