import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../documents/model.js';
import { type KubernetesObject, MADE_BY } from '../../targets/kubernetes/object.js';

/** What the server keeps of an object by itself. */
const SERVERS = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
/** A copy of the whole object, which kubectl keeps. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What is shown of an object: a change of more is no longer read by anybody. */
const AT_MOST = 50;

/** Fields that differ, by their path, as they are and as they would be; null: not there. */
export interface Differences {
  before: Record<string, Json>;
  after: Record<string, Json>;
}

/** The fields in which two states of an object differ; undefined: none. Values of Secrets are not looked at. */
export function differencesOf(before: KubernetesObject, after: KubernetesObject): Differences | undefined {
  const found: Differences = { before: {}, after: {} };
  collect(comparable(before), comparable(after), '', found);
  return Object.keys(found.after).length === 0 ? undefined : found;
}

function comparable(object: KubernetesObject): JsonObject {
  const { status: _, ...rest } = structuredClone(object) as unknown as JsonObject;
  const metadata = rest.metadata as JsonObject;
  for (const name of SERVERS) delete metadata[name];
  const {
    [MADE_BY]: _made,
    [LAST_APPLIED]: _last,
    ...annotations
  } = (metadata.annotations ?? {}) as JsonObject;
  metadata.annotations = annotations;
  if (rest.kind === 'Secret') for (const name of ['data', 'stringData']) delete rest[name];
  return rest;
}

function collect(before: Json, after: Json, path: string, found: Differences): void {
  if (isDeepStrictEqual(before, after) || Object.keys(found.after).length >= AT_MOST) return;
  if (!isMapping(before) || !isMapping(after)) {
    found.before[path] = before;
    found.after[path] = after;
    return;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const inner = /^[\w-]+$/.test(name) ? name : `[${name}]`;
    collect(before[name] ?? null, after[name] ?? null, path === '' ? inner : `${path}.${inner}`, found);
  }
}

function isMapping(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
