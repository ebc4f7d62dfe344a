import type { EventName, JsonObject, JsonSchema, Workflow } from '../model.js';
import { DERIVED } from '../parameters/derived-defaults.js';

/** What each event tells: texts, by name. A parameter of a workflow that has such a name gets the text. */
export const EVENTS: Readonly<Record<EventName, Readonly<Record<string, string>>>> = {
  'data_product.created': {
    data_product: 'the id of the data product in the portal',
    name: 'its name',
    namespace: 'its namespace, which it keeps',
    prefix: 'the folder of its data in the bucket of the data products',
  },
  'data_product.approved': {
    data_product: 'the id of the data product whose data may be read',
    namespace: 'its namespace',
    prefix: 'the folder of its data in the bucket of the data products',
    output_port: 'the id of the output port',
    permission: '`read` or `write`',
    consumer: 'the id of the data product or exploration that may read it',
    consumer_kind: '`data_product` or `exploration`',
    consumer_namespace: 'the namespace of the consumer',
  },
  'data_product.deleted': {
    data_product: 'the id of the data product',
    name: 'its name',
    namespace: 'its namespace',
    prefix: 'the folder of its data in the bucket of the data products',
  },
  'group.created': { group: 'the name of the group' },
  'resource.created': {
    resource: 'the id of the resource',
    resource_type: 'its type',
    resource_class: 'its class, or an empty text',
    resource_name: 'its name in the Score file, or an empty text',
    provider: 'the provider that made it',
    application: 'the application, or an empty text',
  },
};

/** The events that start workflows of a team's own provider: those of the team. The others start workflows of the platform. */
export const EVENTS_OF_TEAMS: readonly EventName[] = ['resource.created'];

/** What starts a workflow, by our names and by those of innominatus. */
export const TRIGGERS: Readonly<Record<string, readonly (EventName | 'manual')[]>> = {
  manual: ['manual'],
  first_deployment: ['data_product.created'],
  product_deployment: ['data_product.approved'],
  all_deployments: ['data_product.created', 'data_product.approved'],
  ...Object.fromEntries(names().map((name) => [name, [name]])),
};

export const PHASES = {
  pre: 'pre',
  main: 'main',
  post: 'post',
  'pre-deployment': 'pre',
  deployment: 'main',
  'post-deployment': 'post',
} as const;

/** The order of phases. */
export const PHASE_ORDER = ['pre', 'main', 'post'] as const;

/** The parameters that an event gives a workflow: what it tells under the name of a parameter. */
export function parametersFrom(
  facts: Readonly<Record<string, string>>,
  { properties }: JsonSchema,
): JsonObject {
  const declared = (properties ?? {}) as JsonObject;
  return Object.fromEntries(Object.entries(facts).filter(([name]) => Object.hasOwn(declared, name)));
}

/** Why an event cannot start a workflow with these parameters; undefined: it can. */
export function obstacleTo(event: EventName, { properties, required }: JsonSchema): string | undefined {
  const declared = (properties ?? {}) as Record<string, JsonObject | undefined>;
  const isTold = (name: string): boolean => Object.hasOwn(EVENTS[event], name);
  const missing = ((required ?? []) as string[]).find(
    (name) =>
      !isTold(name) && declared[name]?.default === undefined && declared[name]?.[DERIVED] === undefined,
  );
  if (missing !== undefined) return `it tells no \`${missing}\`, which is required and has no default`;
  const wrong = Object.entries(declared).find(([name, schema]) => isTold(name) && !takesText(schema));
  return wrong && `it tells \`${wrong[0]}\` as a text, which the parameter is not`;
}

/** Whether an event starts a workflow: it is one of its triggers, and gives all that it needs. */
export function isStartedBy(event: EventName, { triggers, parameters }: Workflow): boolean {
  return triggers.includes(event) && obstacleTo(event, parameters) === undefined;
}

function takesText(schema: JsonObject | undefined): boolean {
  const { type } = schema ?? {};
  return type === undefined || type === 'string' || (Array.isArray(type) && type.includes('string'));
}

function names(): EventName[] {
  return Object.keys(EVENTS) as EventName[];
}
