import { isSame } from '../../common/canonical.js';
import type { ResourceCall } from '../expand/expand.js';
import type { SnapshotResource } from '../expand/snapshot.js';
import type { JsonObject, Reading, Workflow } from '../model.js';
import { Reader } from '../reader.js';
import { FillError } from '../references/fill.js';
import { type FilledObject, isKnown, UNKNOWN } from '../references/unknown.js';
import { readYaml } from '../yaml/read-yaml.js';
import { fillParams } from './placeholders.js';
import { type OfferedType, resolveType } from './resolve-type.js';
import type { WantedResource } from './wanted-resources.js';

/** A resource that is there, as the last run that made or changed it left it. */
export interface ExistingResource {
  provider: string;
  /** What the Score file said of it then, filled in. */
  params: JsonObject;
  outputs: JsonObject;
}

/** What a run does with a resource: it calls a workflow, or keeps what is there. */
export type PlannedResource = ResourceCall | SnapshotResource;

/**
 * What a run does with each resource of a Score file, in the order in which they are made: one that is not there is created, one with other
 * params is changed, another one stays as it is. Params with an output that only this run tells count as others. Refused, with its place: a
 * change of a type that has no workflow for it, and a resource whose provider does not offer it any more.
 */
export function planResources(
  { file, text, app }: { file: string; text: string; app: string },
  wanted: readonly WantedResource[],
  existing: ReadonlyMap<string, ExistingResource>,
  offered: readonly OfferedType[],
): Reading<PlannedResource[]> {
  const { value: source, errors, warnings } = readYaml(file, text);
  if (!source) return { value: undefined, errors, warnings };
  const reader = new Reader(source);
  const known: Record<string, FilledObject> = {};
  const planned: PlannedResource[] = [];
  for (const resource of wanted) {
    const present = existing.get(resource.key);
    const kept = present && saysTheSame(resource, present, { app, resources: known });
    const one = kept ? keep(resource, present) : call(reader, resource, present, offered);
    for (const name of resource.names) known[name] = kept ? present.outputs : unknownOf(resource, present);
    if (one) planned.push(one);
  }
  return reader.reading(planned);
}

/** A resource with an id and without params is whatever another file says of it. */
function saysTheSame(
  { params, id }: WantedResource,
  present: ExistingResource,
  scope: { app: string; resources: Record<string, FilledObject> },
): boolean {
  if (id !== undefined && Object.keys(params).length === 0) return true;
  try {
    const given = fillParams(params, scope);
    return isKnown(given) && isSame(given, present.params);
  } catch (error) {
    // another resource gives less than it did: the plan of the run says so
    if (error instanceof FillError) return false;
    throw error;
  }
}

function call(
  reader: Reader,
  resource: WantedResource,
  present: ExistingResource | undefined,
  offered: readonly OfferedType[],
): ResourceCall | undefined {
  const { names, params, key } = resource;
  const [name = ''] = names;
  const about = {
    names,
    key,
    type: resource.type,
    class: resource.class,
    params,
    frame: `resources.${name}`,
  };
  if (!present) {
    const { provider, create } = resource.offered;
    const made = { ...about, provider, operation: 'create', outputs: {} } as const;
    return { located: { provider, workflow: create }, resource: made, with: params, known: {} };
  }
  const ofProvider = offered.filter(({ provider }) => provider === present.provider);
  const found = resolveType(resource.type, resource.class, ofProvider);
  const mine = 'field' in found ? undefined : found;
  if (!mine?.update) {
    reader.error(
      ['resources', name, 'params'],
      mine
        ? `\`${name}\` is there with other params, and its type \`${resource.type}\` has no workflow that updates it`
        : `\`${name}\` is there, and its provider \`${present.provider}\` does not offer its type any more`,
    );
    return undefined;
  }
  const { provider, update } = mine;
  const { outputs } = present;
  const changed = { ...about, provider, operation: 'update', outputs } as const;
  const given = declaredOf(update, params);
  const left = Object.entries(declaredOf(update, outputs)).filter(([each]) => !Object.hasOwn(given, each));
  const located = { provider, workflow: update };
  return { located, resource: changed, with: given, known: Object.fromEntries(left) };
}

function keep(resource: WantedResource, { provider, outputs }: ExistingResource): SnapshotResource {
  const { names, key, type, class: wanted, params } = resource;
  return { ...{ names, key, type, class: wanted, params }, provider, operation: 'keep', outputs };
}

/** What a resource will give. */
function unknownOf(
  { offered: { create, update } }: WantedResource,
  present?: ExistingResource,
): FilledObject {
  const names = Object.keys({ ...create.outputs, ...update?.outputs, ...present?.outputs });
  return Object.fromEntries(names.map((name) => [name, UNKNOWN]));
}

/** Of some values those that a workflow takes. */
function declaredOf({ parameters }: Workflow, values: JsonObject): JsonObject {
  const declared = Object.keys(parameters.properties ?? {});
  return Object.fromEntries(Object.entries(values).filter(([name]) => declared.includes(name)));
}
