// What an OpenAPI document leaves unsaid: operations without summary, security or errors, parameters and properties without a
// description. No dependencies.

const PUBLIC = new Set(['/livez', '/readyz', '/metrics', '/', '/webhooks/data-product-portal']);
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** @returns {string[]} one line for each gap; none for a complete document */
export function gapsIn(document) {
  return [
    ...operationsOf(document).flatMap((operation) => operationGaps(operation)),
    ...schemaGaps(document),
  ];
}

/** @returns {{ name: string, path: string, operation: any }[]} */
export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation: item[method],
    })),
  );
}

function operationGaps({ name, path, operation }) {
  const gaps = [];
  const statuses = Object.keys(operation.responses ?? {});
  const isPublic = PUBLIC.has(path);
  if (!operation.summary) gaps.push(`${name}: no summary`);
  if (!operation.tags?.length) gaps.push(`${name}: no tag`);
  if (!isPublic && !operation.security?.length) gaps.push(`${name}: no security`);
  if (!statuses.some((status) => status.startsWith('2'))) gaps.push(`${name}: no success`);
  const needed = isPublic ? ['500'] : ['401', '403', '500', '503'];
  for (const status of needed) if (!operation.responses[status]) gaps.push(`${name}: no ${status}`);
  for (const status of statuses)
    gaps.push(...responseGaps(`${name} ${status}`, status, operation.responses[status], isPublic));
  for (const parameter of operation.parameters ?? []) {
    if (!parameter.description) gaps.push(`${name}: parameter ${parameter.name} has no description`);
    if (!parameter.schema) gaps.push(`${name}: parameter ${parameter.name} has no schema`);
  }
  return gaps;
}

function responseGaps(name, status, response, isPublic) {
  const gaps = response.description ? [] : [`${name}: no description`];
  const types = Object.entries(response.content ?? {});
  if (status !== '204' && types.length === 0) gaps.push(`${name}: no schema`);
  for (const [type, { schema }] of types) if (!schema) gaps.push(`${name} ${type}: no schema`);
  const isError = status >= '400' && !(isPublic && status === '503');
  if (isError && !response.content?.['application/problem+json']) gaps.push(`${name}: not a problem`);
  return gaps;
}

function schemaGaps(document) {
  return Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) =>
    Object.entries(schema.properties ?? {})
      .filter(([, property]) => !property.description && !property.$ref)
      .map(([property]) => `${name}.${property}: no description`),
  );
}
