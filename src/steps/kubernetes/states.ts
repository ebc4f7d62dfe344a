import type { Json } from '../../documents/model.js';
import type { KubernetesObject } from '../../targets/kubernetes/object.js';

/** For what is waited: a condition, or the value of a field. */
export interface Awaited {
  condition?: string;
  field?: string;
  equals?: string;
}

interface Condition {
  type?: string;
  status?: string;
  reason?: string;
  observedGeneration?: number;
}

/** What is not so yet, in words that follow the name of the object; undefined: it is so. */
export function lookAt(
  object: KubernetesObject,
  { condition, field = '', equals }: Awaited,
): string | undefined {
  if (condition !== undefined) return conditionOf(object, condition);
  const value = valueAt(object as unknown as Json, field.split('.'));
  if (value === undefined || value === null) return `its field ${field} is not set`;
  if (typeof value === 'object') return `its field ${field} is no single value`;
  // what is there is not told: it may be anything
  return String(value) === equals ? undefined : `its field ${field} is not ${equals ?? ''}`;
}

/** How a Job has ended; undefined: it runs, or waits for its pods. */
export function endOfJob(object: KubernetesObject): { complete: boolean; reason: string } | undefined {
  const { status } = object as KubernetesObject & { status?: { conditions?: Condition[] } };
  const has = (type: string): Condition | undefined =>
    status?.conditions?.find((each) => each.type === type && each.status === 'True');
  const failed = has('Failed');
  if (failed) return { complete: false, reason: failed.reason ?? 'without a reason' };
  return has('Complete') && { complete: true, reason: '' };
}

function conditionOf(object: KubernetesObject, type: string): string | undefined {
  const { status, metadata } = object as KubernetesObject & {
    status?: { conditions?: Condition[]; observedGeneration?: number };
    metadata: { generation?: number };
  };
  const found = status?.conditions?.find((each) => each.type === type);
  if (!found) return `it has no condition ${type}`;
  const reason = /^[A-Za-z][\w-]{0,99}$/.exec(found.reason ?? '')?.[0];
  if (found.status !== 'True')
    return `its condition ${type} is ${found.status ?? 'not set'}${reason === undefined ? '' : ` (${reason})`}`;
  // a condition of the object as it was before its last change says nothing of it as it is
  const observed = found.observedGeneration ?? status?.observedGeneration;
  const isOld = observed !== undefined && observed < (metadata.generation ?? 0);
  return isOld ? `its condition ${type} is not known after its last change` : undefined;
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value))
    return /^\d+$/.test(first) ? valueAt(value[Number(first)] ?? null, rest) : undefined;
  return Object.hasOwn(value, first) ? valueAt(value[first] ?? null, rest) : undefined;
}
