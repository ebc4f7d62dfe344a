import type { Json } from '../model.js';

class Unknown {
  toString(): string {
    return '<known after apply>';
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Stands in a plan for a value that only applying tells; shown as `<known after apply>`. */
export const UNKNOWN: Unknown = Object.freeze(new Unknown());

/** JSON in which values may be UNKNOWN. */
export type Filled = null | boolean | number | string | Unknown | Filled[] | { [key: string]: Filled };

/** An object in which values may be UNKNOWN. */
export type FilledObject = { [key: string]: Filled };

export function isUnknown(value: unknown): value is Unknown {
  return value === UNKNOWN;
}

/** Whether nothing in a value is UNKNOWN. */
export function isKnown(value: Filled): value is Json {
  if (value === null || typeof value !== 'object') return true;
  if (isUnknown(value)) return false;
  return Object.values(value).every(isKnown);
}
