import type { Json, JsonObject } from '../model.js';
import type { Path } from '../yaml/yaml-source.js';
import { fillValue, scalarOf, type Scope } from './fill.js';
import { parseText } from './parse-text.js';
import type { Reference } from './reference.js';
import { UNKNOWN } from './unknown.js';

/** A part of a leaf: a text, or the way to a value among the outputs of the step itself. */
export type LaterPart = { text: string } | { own: string[] };

/** A leaf of an undo that only the answer to the step itself completes. Its texts are values by then, and are not read again. */
export interface Later {
  at: (string | number)[];
  parts: LaterPart[];
}

const LATER = String(UNKNOWN);
const isAddress = (path: Path): boolean => path.join('.') === 'path';

/**
 * The undo of a step with its references filled in, but for those to outputs of the step itself, which has the name `own`: they are in `later`,
 * and `<known after apply>` stands in their places. Throws a FillError.
 */
export function fillUndo(undo: JsonObject, scope: Scope, own: string): { undo: JsonObject; later: Later[] } {
  const later: Later[] = [];
  const isOwn = ({ path: [root, name] }: Reference): boolean => root === 'steps' && name === own;
  const leaf = (text: string, path: (string | number)[]): Json => {
    const parts = parseText(text);
    if (!parts.some((part) => typeof part !== 'string' && isOwn(part)))
      return fillValue(text, scope, path, isAddress) as Json;
    const filled = parts.map((part): LaterPart => {
      if (typeof part === 'string') return { text: part };
      if (isOwn(part)) return { own: part.path.slice(3) };
      return { text: written(`${scalarOf(part, scope, path) as string}`, path) };
    });
    later.push({ at: path, parts: filled });
    const shown = filled.map((part) => ('text' in part ? part.text : LATER)).join('');
    return isAddress(path) && !shown.startsWith('/') ? `/${shown}` : shown;
  };
  return { undo: mapped(undo, [], leaf) as JsonObject, later };
}

/** The undo, once the step has its outputs; undefined: it needs one that they do not have. */
export function completeUndo(
  undo: JsonObject,
  later: readonly Later[],
  outputs: Json,
): JsonObject | undefined {
  const values = new Map<string, Json | undefined>();
  for (const { at, parts } of later) values.set(JSON.stringify(at), valueOf(parts, at, outputs));
  if ([...values.values()].includes(undefined)) return undefined;
  return mapped(undo, [], (text, path) => values.get(JSON.stringify(path)) ?? text) as JsonObject;
}

function valueOf(parts: readonly LaterPart[], path: Path, outputs: Json): Json | undefined {
  const [only] = parts;
  if (parts.length === 1 && only && 'own' in only) return lookUp(outputs, only.own);
  let text = '';
  for (const part of parts) {
    const value = 'text' in part ? part.text : lookUp(outputs, part.own);
    if (value === undefined || value === null || typeof value === 'object') return undefined;
    text += 'text' in part ? part.text : written(String(value), path);
  }
  return text;
}

/** What is filled into an address stays one part of it. */
const written = (value: string, path: Path): string => (isAddress(path) ? encodeURIComponent(value) : value);

function lookUp(value: Json, [first, ...rest]: readonly string[]): Json | undefined {
  if (first === undefined) return value;
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, first)) return undefined;
  return lookUp((value as JsonObject)[first] ?? null, rest);
}

function mapped(
  value: Json,
  path: (string | number)[],
  leaf: (text: string, path: (string | number)[]) => Json,
): Json {
  if (typeof value === 'string') return leaf(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapped(item, [...path, index], leaf));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, mapped(each, [...path, key], leaf)]),
  );
}
