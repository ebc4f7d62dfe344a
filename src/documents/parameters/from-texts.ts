import type { Json, JsonObject, JsonSchema } from '../model.js';

/**
 * Parameters from texts, as `--param name=value` and queries give them: each text is read by the type that the schema
 * says, so `false` is a boolean for a boolean parameter and a text for a text. `a.b` is the field `b` of a parameter
 * `a`; a name that is there several times is a list. What does not fit its type stays a text, and the validator
 * refuses it.
 */
export function fromTexts(
  schema: JsonSchema,
  texts: readonly (readonly [name: string, text: string])[],
): JsonObject {
  const values: JsonObject = {};
  for (const [name, given] of Map.groupBy(texts, ([each]) => each)) {
    const list = given.map(([, text]) => text);
    const properties = propertiesOf(schema);
    const [first = '', ...rest] = name.split('.');
    if (rest.length > 0 && !Object.hasOwn(properties, name) && Object.hasOwn(properties, first)) {
      const inner = fromTexts(
        properties[first] ?? {},
        list.map((text) => [rest.join('.'), text] as const),
      );
      const before = values[first];
      values[first] =
        typeof before === 'object' && before !== null && !Array.isArray(before)
          ? { ...before, ...inner }
          : inner;
    } else
      define(values, name, valueOf(Object.hasOwn(properties, name) ? properties[name] : undefined, list));
  }
  return values;
}

/** Also for the name `__proto__`, which is then an unknown parameter like any other. */
function define(values: JsonObject, name: string, value: Json): void {
  Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
}

const propertiesOf = (schema: JsonSchema): Record<string, JsonSchema> =>
  (schema.properties ?? {}) as Record<string, JsonSchema>;

function valueOf(schema: JsonSchema | undefined, texts: readonly string[]): Json {
  const [first = ''] = texts;
  if (texts.length === 1 && !(accepts(schema, 'array') && !first.trimStart().startsWith('[')))
    return single(schema ?? {}, first);
  return texts.map((text) => single((schema?.items ?? {}) as JsonSchema, text));
}

function single(schema: JsonSchema, text: string): Json {
  const allowed =
    (schema.enum as Json[] | undefined) ?? (schema.const === undefined ? [] : [schema.const as Json]);
  const exact =
    allowed.find((each) => each === text) ?? allowed.find((each) => JSON.stringify(each) === text);
  if (exact !== undefined) return exact;
  if (accepts(schema, 'string') || schema.type === undefined) return text;
  const parsed = parse(text);
  if (typeof parsed === 'boolean') return accepts(schema, 'boolean') ? parsed : text;
  if (typeof parsed === 'number') {
    const exact = !Number.isInteger(parsed) || Number.isSafeInteger(parsed);
    return accepts(schema, 'number') || (exact && accepts(schema, 'integer')) ? parsed : text;
  }
  if (parsed === null) return accepts(schema, 'null') ? null : text;
  if (Array.isArray(parsed)) return accepts(schema, 'array') ? parsed : text;
  return typeof parsed === 'object' && accepts(schema, 'object') ? parsed : text;
}

function accepts(schema: JsonSchema | undefined, type: string): boolean {
  return schema?.type === type || (Array.isArray(schema?.type) && schema.type.includes(type));
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
