import type { OpenAPIObject } from '@nestjs/swagger';
import { GROUP_NAME_PATTERN, USER_NAME_PATTERN } from '../policy/names.js';
import { type Json, objectsIn, type Operation, operationsOf, refsIn, schemaOf } from './json.js';

/** What path and header parameters mean wherever they occur; `schema` is the required form. */
const PARAMETERS: Record<string, { description: string; example: string; schema?: Json }> = {
  user: {
    description: 'Name of the user: 1 to 100 characters of `a-z 0-9 _ . @ -`, the first a letter or digit',
    example: 'alice',
    schema: { pattern: USER_NAME_PATTERN.source },
  },
  group: {
    description:
      'Name of the group: 2 to 63 characters of `A-Z a-z 0-9 _ -`, the first a letter; unique regardless of case',
    example: 'KBase',
    schema: { pattern: GROUP_NAME_PATTERN.source },
  },
  'if-match': {
    description:
      'The ETag of the group when it was read. The change is refused (412) if the group has changed since',
    example: '"0197c0de-3"',
  },
  id: {
    description: 'Id from an earlier response',
    example: '0197c0de-0000-4000-8000-000000000000',
    schema: { format: 'uuid' },
  },
  taskId: {
    description: 'Id of the task, from the response that accepted it',
    example: '0197c0de-0000-4000-8000-000000000000',
    schema: { format: 'uuid' },
  },
  product: {
    description: 'The id of the data product in its portal',
    example: 'sales',
  },
  role: {
    description: 'Name of the role: 1 to 100 characters of `A-Z a-z 0-9 _ . : -`, the first a letter',
    example: 'analyst',
  },
  access_key: {
    description: 'The access key, 20 characters of `[A-Z0-9]`',
    example: 'ABCDEFGHIJ0123456789',
  },
};

/** Fields and parameters that are points in time. */
const MOMENT = /^(at|since|expiration)$|_at$/i;

/** Applies rules that hold for the whole document, so that no operation can omit one. */
export function applyRules(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    for (const parameter of operation.parameters ?? []) describe(parameter);
    relaxBody(operation, document);
    describeScore(operation);
  }
  for (const schema of objectsIn(document)) refine(schema);
  closeRequests(document);
}

function describe(parameter: Json): void {
  const schema = parameter.schema as Json;
  if (parameter.in !== 'query') {
    const known = PARAMETERS[String(parameter.name)];
    parameter.description ??= known?.description;
    parameter.example ??= known?.example;
    Object.assign(schema, known?.schema);
  }
  parameter.example ??= schema.example;
  delete schema.example;
  if (!parameter.required) tellOnly(parameter);
}

/** Swagger UI sends the example of a parameter unless it is cleared: an optional one is a filter or a condition, and is only told. */
function tellOnly(parameter: Json): void {
  const { description, example } = parameter;
  if (typeof description === 'string' && typeof example === 'string')
    parameter.description = `${description}; for example \`${example}\``;
  delete parameter.example;
}

/** A body is optional if all of its fields are. */
function relaxBody({ requestBody }: Operation, document: OpenAPIObject): void {
  if (!requestBody) return;
  const schemas = refsIn(requestBody).map((name) => schemaOf(document, name));
  if (schemas.length === 0) return;
  const forms = schemas.flatMap((each) => [
    each,
    ...refsIn(each.oneOf).map((name) => schemaOf(document, name)),
  ]);
  requestBody.required = forms.some(({ required }) => Array.isArray(required) && required.length > 0);
}

/** As YAML, the body is a Score file and not the object that JSON has. */
function describeScore({ requestBody }: Operation): void {
  const yaml = requestBody?.content?.['application/yaml'];
  if (!yaml) return;
  const example = 'apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n';
  yaml.schema = { type: 'string', description: 'A Score file, `score.dev/v1b1`', example };
}

/**
 * Every number of this API is an integer, and every time is RFC 3339. Enums are sorted, because the order of a union of literals depends on
 * the order in which the compiler checks files.
 */
function refine(schema: Json): void {
  if (Array.isArray(schema.enum)) schema.enum.sort();
  if (schema.type === 'number') schema.type = 'integer';
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Json>))
    if (MOMENT.test(name) && property.type === 'string') property.format = 'date-time';
    else if (name === 'next_cursor') property.example = null;
  if (MOMENT.test(String(schema.name)) && 'in' in schema) (schema.schema as Json).format = 'date-time';
}

/** Requests with unknown fields are refused. */
function closeRequests(document: OpenAPIObject): void {
  const open = operationsOf(document).flatMap(({ operation: { requestBody } }) =>
    requestBody ? refsIn(requestBody) : [],
  );
  const closed = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (closed.has(name)) continue;
    closed.add(name);
    const schema = schemaOf(document, name);
    if (!schema.oneOf) schema.additionalProperties = false;
    open.push(...refsIn(schema));
  }
}
