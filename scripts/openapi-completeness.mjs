// What an OpenAPI document leaves unsaid: operations without summary, security or errors, parameters and properties without a
// description, requests that nobody can send as they are shown. No dependencies.

const PUBLIC = new Set([
  '/livez',
  '/readyz',
  '/metrics',
  '/',
  '/webhooks/data-product-portal',
  '/webhooks/git',
]);
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
/** A value of these comes from an earlier answer only. */
const FROM_ANSWERS = new Set(['cursor']);
/** Examples of ends lie after this, so that they work for years. */
const FAR = Date.UTC(2034, 0, 1);

/** @returns {string[]} one line for each gap; none for a complete document */
export function gapsIn(document) {
  return [
    ...tagGaps(document),
    ...operationsOf(document).flatMap((operation) => operationGaps(operation, document)),
    ...schemaGaps(document),
    ...noiseIn(document, ''),
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

/** What a part of the document means: the part itself, or what it refers to. @returns {any} */
export function resolve(document, part) {
  if (!part?.$ref) return part;
  const path = part.$ref.replace(/^#\//, '').split('/');
  return path.reduce((value, key) => value?.[key], document);
}

/** The bodies that an operation shows, by name; one without a name of its own has the empty one. @returns {[string, any][]} */
export function bodiesOf({ requestBody }) {
  const [media] = Object.values(requestBody?.content ?? {});
  if (!media) return [];
  if (media.examples) return Object.entries(media.examples).map(([name, { value }]) => [name, value]);
  return media.example === undefined ? [] : [['', media.example]];
}

function tagGaps(document) {
  const described = new Set((document.tags ?? []).filter((tag) => tag.description).map(({ name }) => name));
  const used = new Set(operationsOf(document).flatMap(({ operation }) => operation.tags ?? []));
  return [
    ...[...used].filter((tag) => !described.has(tag)).map((tag) => `tag ${tag}: no description`),
    ...[...described].filter((tag) => !used.has(tag)).map((tag) => `tag ${tag}: no operation`),
  ];
}

function operationGaps({ name, path, operation }, document) {
  const gaps = [];
  const statuses = Object.keys(operation.responses ?? {});
  const isPublic = PUBLIC.has(path);
  if (!operation.summary) gaps.push(`${name}: no summary`);
  if (!operation.tags?.length) gaps.push(`${name}: no tag`);
  if (!isPublic && !operation.security?.length) gaps.push(`${name}: no security`);
  if (!statuses.some((status) => status.startsWith('2'))) gaps.push(`${name}: no success`);
  const needed = isPublic ? ['500'] : ['401', '403', '500', '503'];
  for (const status of needed) if (!operation.responses[status]) gaps.push(`${name}: no ${status}`);
  for (const status of statuses) {
    const response = resolve(document, operation.responses[status]);
    gaps.push(...responseGaps(`${name} ${status}`, status, response, isPublic));
  }
  for (const parameter of operation.parameters ?? []) gaps.push(...parameterGaps(name, parameter));
  return [...gaps, ...bodyGaps(name, operation, document)];
}

function parameterGaps(name, { name: parameter, description, schema, required, example }) {
  const gaps = [];
  const label = `${name}: parameter ${parameter}`;
  if (!description) gaps.push(`${label} has no description`);
  if (!schema) gaps.push(`${label} has no schema`);
  const chosen = schema?.default ?? schema?.enum;
  const told = !required && (chosen !== undefined || /; for example `.+`$/.test(description));
  if (example === undefined && !told && !FROM_ANSWERS.has(parameter)) gaps.push(`${label} has no example`);
  // Swagger UI sends what is shown as `example`, so that a filter would hide most of the answer
  if (!required && example !== undefined) gaps.push(`${label} is optional and sent unless it is cleared`);
  return gaps;
}

function responseGaps(name, status, response, isPublic) {
  const gaps = response?.description ? [] : [`${name}: no description`];
  const types = Object.entries(response?.content ?? {});
  if (status !== '204' && types.length === 0) gaps.push(`${name}: no schema`);
  for (const [type, { schema }] of types) if (!schema) gaps.push(`${name} ${type}: no schema`);
  if (status < '400' || (isPublic && status === '503')) return gaps;
  const examples = response?.content?.['application/problem+json']?.examples;
  if (!examples) return [...gaps, `${name}: no examples of problems`];
  for (const [code, { value }] of Object.entries(examples))
    if (value?.code !== code || String(value.status) !== status || !value.title || !value.detail)
      gaps.push(`${name}: the example ${code} is of another problem`);
  return gaps;
}

/** A body is shown in full: its example has every field that is required, and each field has a value that somebody chose. */
function bodyGaps(name, { requestBody, ...operation }, document) {
  if (!requestBody) return [];
  const bodies = bodiesOf({ requestBody, ...operation });
  if (bodies.length === 0) return [`${name}: no example of its body`];
  const [{ schema }] = Object.values(requestBody.content);
  const gaps = formsOf(document, schema).flatMap((form) => unfilled(document, form, name));
  return [...gaps, ...bodies.flatMap(([form, body]) => endsIn(body, form ? `${name} (${form})` : name))];
}

/** Ends that come soon: then the example works no longer. */
function endsIn(value, place) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) => {
    if (!field.endsWith('_at')) return endsIn(inner, place);
    return Date.parse(inner) > FAR ? [] : [`${place}: ${field} ends soon`];
  });
}

function formsOf(document, schema) {
  const own = resolve(document, schema) ?? {};
  // what is `anyOf` is taken as it comes: its examples are written by hand
  return own.anyOf ? [] : (own.oneOf ?? [own]);
}

/** Fields of a request, at any depth, that nothing gives a value to. */
function unfilled(document, part, place) {
  const schema = resolve(document, part) ?? {};
  return Object.entries(schema.properties ?? {}).flatMap(([field, property]) => {
    const at = `${place}: ${field}`;
    const own = resolve(document, property);
    if (isFilled(property) || isFilled(own)) return [];
    if (own.properties) return unfilled(document, own, at);
    if (own.type === 'array' && resolve(document, own.items)?.properties)
      return unfilled(document, own.items, at);
    return [`${at} has no example`];
  });
}

function isFilled({ example, default: usual, enum: values, anyOf }) {
  return example !== undefined || usual !== undefined || values !== undefined || anyOf !== undefined;
}

function schemaGaps(document) {
  return Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) =>
    Object.entries(schema.properties ?? {})
      .filter(([, property]) => !property.description && !property.$ref)
      .map(([property]) => `${name}.${property}: no description`),
  );
}

/** Tools make up random text for a pattern without an example, and an example that breaks its pattern is refused. */
function noiseIn(part, place) {
  if (typeof part !== 'object' || part === null) return [];
  const gaps = Object.entries(part.properties ?? {}).flatMap(([name, property]) => {
    const pattern = property?.pattern ?? property?.items?.pattern;
    if (pattern === undefined) return [];
    const values = [property.example ?? property.default].flat();
    const at = `${place}.${name}`.replace('.components.schemas.', '');
    if (values[0] === undefined) return [`${at}: a pattern and no example`];
    return values.every((value) => new RegExp(pattern, 'u').test(value))
      ? []
      : [`${at}: the example breaks the pattern`];
  });
  return [...gaps, ...Object.entries(part).flatMap(([key, inner]) => noiseIn(inner, `${place}.${key}`))];
}
