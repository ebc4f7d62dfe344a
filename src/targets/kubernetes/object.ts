import type { Json, JsonObject } from '../../documents/model.js';

/** Under this name the service changes objects; fields of other managers stay theirs. */
export const FIELD_MANAGER = 'minio-manager';
/** The annotation that says which provision made an object. */
export const MADE_BY = 'minio-manager/provision';

/** The name of an object. */
export interface ObjectName {
  apiVersion: string;
  kind: string;
  /** Undefined: it is of the whole cluster. */
  namespace?: string | undefined;
  name: string;
}

/** A change of an object that its server remembers. */
interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  time?: string;
  fieldsV1?: { [field: string]: JsonObject };
}

/** The parts of an object that are read. */
export interface KubernetesObject {
  metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: JsonObject[];
    managedFields?: ManagedFields[];
  };
}

/**
 * Whether a provision made an object. One that somebody else made at the same moment has the provision's annotation for an instant: then
 * another manager is there that is as old.
 */
export function isMadeBy({ metadata }: KubernetesObject, provision: string): boolean {
  if (metadata.annotations?.[MADE_BY] !== provision) return false;
  const entries = metadata.managedFields ?? [];
  const own = entries.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  const since = own?.time ?? '';
  return !entries.some(
    (each) => each !== own && each.subresource === undefined && (each.time ?? '') <= since,
  );
}

/** The provision that says it made an object; undefined: none does, or the annotation was not written by this service, as in a copy. */
export function makerOf({ metadata }: KubernetesObject): string | undefined {
  const isOwn = (metadata.managedFields ?? []).some(
    ({ manager, fieldsV1 }) =>
      manager === FIELD_MANAGER && hasField(fieldsV1, 'metadata', 'annotations', MADE_BY),
  );
  return isOwn ? metadata.annotations?.[MADE_BY] : undefined;
}

/** The fields below this one of which somebody else is a manager, such as the keys below `data`. */
export function foreignFields({ metadata }: KubernetesObject, field: string): string[] {
  const others = (metadata.managedFields ?? []).filter(({ manager }) => manager !== FIELD_MANAGER);
  return others
    .flatMap(({ fieldsV1 }) => Object.keys(fieldsV1?.[`f:${field}`] ?? {}))
    .filter((name) => name.startsWith('f:'))
    .map((name) => name.slice('f:'.length));
}

function hasField(fields: Json | undefined, ...path: string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return fields !== undefined;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return false;
  return hasField(fields[`f:${first}`], ...rest);
}
