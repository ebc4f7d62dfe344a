import type { Json, JsonObject, JsonSchema } from '../../model.js';
import { namespace, object, state, target, text } from '../schemas.js';
import type { StepType, TouchedName } from '../step-type.js';
import { asText, fieldOf, touched } from '../touched.js';

const NAME = '^[A-Za-z0-9]([A-Za-z0-9:._-]*[A-Za-z0-9])?$';
const apiVersion = text('The version of the API, such as `v1` or `apps/v1`', {
  pattern: '^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?v[0-9][a-z0-9]*$',
  maxLength: 200,
});
const kind = text('The kind, such as `ConfigMap`', { pattern: '^[A-Za-z][A-Za-z0-9]*$', maxLength: 63 });
const objectName = text('The name', { pattern: NAME, maxLength: 253 });
const outText = (description: string): JsonSchema => ({ type: 'string', description });

const manifest: JsonSchema = {
  type: 'object',
  properties: {
    apiVersion,
    kind,
    metadata: {
      type: 'object',
      properties: { name: objectName, namespace: namespace('Its namespace') },
      required: ['name'],
    },
  },
  required: ['apiVersion', 'kind', 'metadata'],
};

/** Objects in a cluster. */
export const KUBERNETES_APPLY: StepType = {
  name: 'kubernetes.apply',
  kind: 'kubernetes.apply',
  target: 'kubernetes',
  description:
    'Creates objects in Kubernetes, or changes the fields that their manifests name; or removes objects that runs for the team have made.',
  input: object(
    {
      target: target('kubernetes'),
      manifest: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        items: manifest,
        description:
          'The objects, in the order in which they are applied. A document may also have one object, or a text with YAML',
      },
      manifest_path: text('A file of the provider with the objects, instead of `manifest`', {
        maxLength: 500,
      }),
      namespace: namespace('The namespace of objects that name none'),
      state: {
        ...state,
        description:
          '`absent`: the objects are to be removed, the last one first; of their manifests only the names count',
      },
      seconds: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400,
        description:
          'With `state: absent`: how long to wait until they are gone (600); finalizers may keep them for a while. Then the step fails',
      },
    },
    [],
  ),
  outputs: {
    objects: {
      type: 'array',
      items: { type: 'object' },
      description: 'For each object `api_version`, `kind`, `namespace`, `name` and `uid`',
    },
  },
  example: {
    namespace: 'field',
    manifest: [
      {
        ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'loader' } },
        data: { bucket: 'field-data' },
      },
    ],
  },
  plan: 'Shows which objects would be created or removed, and which fields would change, as the server says in a dry run.',
  apply:
    'Applies each object on the side of the server, under the name minio-manager; a field that somebody else manages is never taken: the step fails with its name. Removes only what runs for the team have made, and a namespace only when nothing else is in it: otherwise all stays.',
  undo: 'Removes the objects that this run created, a namespace only while nothing else is in it; what existed before stays as it is, and what was removed is not brought back.',
  touches: (input) =>
    manifestsOf(input).flatMap((each) => {
      const { apiVersion: version, kind: of, namespace: within, name } = nameOf(each, input.namespace);
      return touchedBy(version, of, within, name);
    }),
};

/** The state of an object. */
export const KUBERNETES_WAIT: StepType = {
  name: 'kubernetes.wait',
  kind: 'kubernetes.wait',
  target: 'kubernetes',
  description: 'Waits until an object in Kubernetes has a condition, or a value in a field.',
  input: object(
    {
      target: target('kubernetes'),
      api_version: apiVersion,
      kind,
      namespace: namespace('Its namespace; an object of the whole cluster has none'),
      name: objectName,
      condition: text('A condition whose status must be True, such as `Available`', {
        pattern: '^[A-Za-z]([A-Za-z0-9_./-]*[A-Za-z0-9])?$',
        maxLength: 200,
      }),
      field: text('Instead of a condition a field, such as `status.phase`', {
        pattern: '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$',
        maxLength: 300,
      }),
      equals: text('What the field must be, as text, such as `Running`', { maxLength: 300 }),
      seconds: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400,
        default: 600,
        description: 'How long to wait at most; then the step fails',
      },
    },
    ['api_version', 'kind', 'name'],
  ),
  outputs: { name: outText('The name of the object'), uid: outText('Its uid') },
  example: {
    ...{ api_version: 'apps/v1', kind: 'Deployment', namespace: 'field', name: 'loader' },
    ...{ condition: 'Available', seconds: 300 },
  },
  plan: 'Shows for what it would wait.',
  apply: 'Looks now and then until it is so, without keeping a worker.',
  undo: null,
  touches: ({ api_version, kind: of, namespace: within, name }) =>
    touchedBy(asText(api_version), asText(of), asText(within), asText(name)),
};

/** A program that runs to its end. */
export const KUBERNETES_JOB: StepType = {
  name: 'kubernetes.job',
  kind: 'kubernetes.job',
  target: 'kubernetes',
  description: 'Runs a Job in Kubernetes to its end.',
  input: object(
    {
      target: target('kubernetes'),
      manifest: {
        type: 'array',
        minItems: 1,
        maxItems: 1,
        items: manifest,
        description: 'The Job. A document may also have it as an object, or as a text with YAML',
      },
      manifest_path: text('A file of the provider with the Job, instead of `manifest`', { maxLength: 500 }),
      namespace: namespace('The namespace of a Job that names none'),
      seconds: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400,
        default: 600,
        description: 'How long it may take; then Kubernetes ends it, and the step fails',
      },
      keep_seconds: {
        type: 'integer',
        minimum: 0,
        maximum: 2_592_000,
        default: 86_400,
        description: 'How long Kubernetes keeps the Job and its pods after the end',
      },
    },
    [],
  ),
  outputs: {
    name: outText('The name of the Job'),
    namespace: outText('Its namespace'),
    uid: outText('Its uid'),
    message: outText(
      'What the program wrote to its termination log, at most 4,096 letters; never write a secret there',
    ),
  },
  example: {
    namespace: 'field',
    manifest: [
      {
        ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'index' } },
        spec: {
          backoffLimit: 1,
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'index', image: 'registry.example.org/index:1' }],
            },
          },
        },
      },
    ],
    seconds: 300,
  },
  plan: 'Shows the Job, which the server has checked in a dry run.',
  apply:
    'Creates the Job under a name of its own in each run, and looks now and then until it is complete or has failed, without keeping a worker.',
  undo: 'Removes the Job and its pods; what the program has done stays.',
  touches: (input) => KUBERNETES_APPLY.touches(input),
};

/** Steps that act on Kubernetes. */
export const KUBERNETES_STEPS: readonly StepType[] = [KUBERNETES_APPLY, KUBERNETES_WAIT, KUBERNETES_JOB];

/** The types of steps that have manifests. */
export const MANIFESTS: ReadonlySet<string> = new Set([KUBERNETES_APPLY.name, KUBERNETES_JOB.name]);

/** The objects of an input. */
export function manifestsOf({ manifest: given }: JsonObject): JsonObject[] {
  const list = Array.isArray(given) ? given : [];
  return list.filter((each): each is JsonObject => typeof each === 'object' && each !== null);
}

/** What an object is called; empty: it is of the whole cluster. */
export function nameOf(
  each: JsonObject,
  usual: Json | undefined,
): { apiVersion: string; kind: string; namespace: string; name: string } {
  const metadata = each.metadata;
  const own = asText(fieldOf(metadata, 'namespace'));
  const isNamespace = each.kind === 'Namespace' && each.apiVersion === 'v1';
  return {
    ...{ apiVersion: asText(each.apiVersion), kind: asText(each.kind) },
    namespace: own || (isNamespace ? '' : asText(usual)),
    name: asText(fieldOf(metadata, 'name')),
  };
}

/** A Secret with values: they would be kept with the run, and shown. */
export function hasInlineSecret({ kind: of, data, stringData }: JsonObject): boolean {
  const isFilled = (value: Json | undefined): boolean =>
    value !== undefined && value !== null && JSON.stringify(value) !== '{}';
  return of === 'Secret' && (isFilled(data) || isFilled(stringData));
}

function groupOf(version: string): string {
  return version.includes('/') ? (version.split('/')[0] ?? '') : '';
}

function touchedBy(version: string, of: string, within: string, name: string): TouchedName[] {
  const group = groupOf(version);
  const full = group === '' ? of : `${of}.${group}`;
  const kinds = touched('kubernetes_kind', full);
  if (full === 'Namespace') return [...kinds, ...touched('namespace', name)];
  if (within === '') return [...kinds, ...touched('cluster_object', `${full}/${name}`)];
  return [...kinds, ...touched('namespace', within)];
}
