import type { Json, JsonObject } from '../model.js';
import type { Path } from '../yaml/yaml-source.js';
import { parseText } from './parse-text.js';
import type { Reference } from './reference.js';
import { type Filled, type FilledObject, isUnknown, UNKNOWN } from './unknown.js';

/** The values that references have. What is not there has no value. */
export interface Scope {
  inputs: FilledObject;
  /** By name in the workflow, for steps that are completed. */
  steps: { readonly [name: string]: { outputs: Filled } };
  resources: { readonly [name: string]: Filled };
  app: { name?: string };
  team: string;
  requester: string;
  run: { id: string | typeof UNKNOWN };
  /** Kinds of targets that the team has; conditions ask for them. */
  targets?: Filled;
}

const NO_ADDRESS = (_: Path): boolean => false;

/** A reference that has no value, or one that cannot stand in a text. */
export class FillError extends Error {
  constructor(
    message: string,
    /** Where in the tree the reference is. */
    readonly path: Path,
  ) {
    super(message);
  }
}

/**
 * A tree with its references filled in. A leaf that is one reference and nothing else gets the value with its type;
 * inside a text only texts, numbers, true and false can stand. What is filled in is never read as a reference, and it
 * stays one leaf. Inside an address it is percent-encoded, so it stays one part of that. Throws a FillError if a reference has no value.
 */
export function fill(tree: JsonObject, scope: Scope, isAddress = NO_ADDRESS): FilledObject {
  return fillValue(tree, scope, [], isAddress) as FilledObject;
}

/** The same for any value. `path` is where it is, for errors. */
export function fillValue(value: Json, scope: Scope, path: Path, isAddress = NO_ADDRESS): Filled {
  if (typeof value === 'string') return fillText(value, scope, path, isAddress(path));
  if (Array.isArray(value))
    return value.map((item, index) => fillValue(item, scope, [...path, index], isAddress));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, fillValue(child, scope, [...path, key], isAddress)]),
  );
}

function fillText(text: string, scope: Scope, path: Path, isAddress: boolean): Filled {
  const parts = parseText(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined)
    return typeof only === 'string' ? only : valueOf(only, scope, path);
  const filled = parts.map((part) => (typeof part === 'string' ? part : scalarOf(part, scope, path)));
  if (filled.some(isUnknown)) return UNKNOWN;
  const written = (value: Filled, index: number): string =>
    isAddress && typeof parts[index] !== 'string'
      ? encodeURIComponent(`${value as string}`)
      : `${value as string}`;
  return filled.map(written).join('');
}

/** The value of a reference inside of a text. Throws a FillError. */
export function scalarOf(reference: Reference, scope: Scope, path: Path): Filled {
  const value = valueOf(reference, scope, path);
  if (isUnknown(value) || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'a mapping';
  throw new FillError(
    `\`${reference.text}\` is ${kind}: inside a text only texts, numbers, true and false can stand`,
    path,
  );
}

function valueOf(reference: Reference, scope: Scope, path: Path): Filled {
  const value = lookUp(scope, reference.path);
  if (value === undefined) throw new FillError(`\`${reference.text}\` has no value`, path);
  return value;
}

/** The value at a path in a scope; undefined if there is none. Whatever is below an UNKNOWN value is UNKNOWN. */
export function lookUp(scope: Scope, path: readonly string[]): Filled | undefined {
  let value: unknown = scope;
  for (const segment of path) {
    if (isUnknown(value)) return UNKNOWN;
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value as Filled | undefined;
}
