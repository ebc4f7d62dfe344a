import { RE2JS } from 're2js';
import type { Json, JsonObject, JsonSchema } from '../model.js';
import { isObject, type Reader } from '../reader.js';
import { ReferenceProblem } from '../references/reference.js';
import type { Path } from '../yaml/yaml-source.js';
import { DERIVED, isDerived } from './derived-defaults.js';
import { fieldName, nameOf, validatorOf } from './validator.js';

const NO_PARAMETERS: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };
/** Where what there is is wrong: that is said once, and not again where one is referred to. */
const ANY_PARAMETERS: JsonSchema = { type: 'object' };
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;
const FIELDS = [
  ...['name', 'type', 'required', 'default', 'description', 'pattern'],
  ...['allowed_values', 'min', 'max', 'ui'],
];
const TYPES: Readonly<Record<string, JsonSchema>> = {
  string: { type: 'string' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  int: { type: 'integer' },
  boolean: { type: 'boolean' },
  bool: { type: 'boolean' },
  enum: {},
  duration: { type: 'string', pattern: '^([0-9]+(ms|s|m|h|d))+$' },
};
/** Keywords that would let a schema call itself, or one from elsewhere. */
const REFERRING = ['$id', '$ref', '$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$vocabulary'];

/**
 * The parameters of a workflow, as one schema of type object: from a list of parameters, a mapping of parameters by
 * name, or a JSON Schema 2020-12 of type object.
 */
export function readParameters(reader: Reader, value: Json | undefined, path: Path): JsonSchema {
  if (value === undefined || value === null) return NO_PARAMETERS;
  const before = reader.errors.length;
  const schema = Array.isArray(value)
    ? fromItems(
        reader,
        value.map((item, index) => ({ item, at: [...path, index] })),
      )
    : isObject(value)
      ? fromSchema(reader, value, path)
      : undefined;
  if (!schema)
    reader.error(path, '`parameters` must be a list of parameters, or a JSON Schema of type object');
  if (!schema || reader.errors.length > before) return ANY_PARAMETERS;
  const usable = derivedDefaults(reader, schema, path);
  return checked(reader, usable, path) ? usable : ANY_PARAMETERS;
}

/** The schema with defaults that have references where no validator takes them for values. */
function derivedDefaults(reader: Reader, schema: JsonSchema, path: Path): JsonSchema {
  const properties = Object.entries((schema.properties ?? {}) as JsonObject).map(([name, property]) => {
    if (!isObject(property)) return [name, property];
    const at = (keyword: string): Path => [...placeOfParameter(reader.source.tree, path, name), keyword];
    if (property[DERIVED] !== undefined)
      reader.errorAtKey(at(DERIVED), `There is no field \`${DERIVED}\` in a parameter`, 'default');
    try {
      const { default: text, ...rest } = property;
      if (!isDerived(text)) return [name, property];
      if (['string', undefined].includes(rest.type as string | undefined))
        return [name, { ...rest, [DERIVED]: text }];
      reader.error(at('default'), `This is a text, and the parameter must be ${nameOf(rest.type)}`);
    } catch (error) {
      if (!(error instanceof ReferenceProblem)) throw error;
      reader.error(at('default'), error.message, error.suggestion);
    }
    return [name, property];
  });
  return { ...schema, properties: Object.fromEntries(properties) as JsonObject };
}

function fromItems(reader: Reader, items: { item: Json; at: Path }[]): JsonSchema {
  const properties: JsonObject = {};
  const required: string[] = [];
  items.forEach(({ item, at }) => {
    const fields = reader.fields(item, at, FIELDS, 'A parameter');
    if (!fields) return;
    const name = reader.requiredText(fields, at, 'name', 'A parameter');
    if (name === undefined) return;
    if (!NAME.test(name))
      return reader.error(
        [...at, 'name'],
        'The name of a parameter has letters, digits, `_` and `-`, and begins with a letter',
      );
    if (Object.hasOwn(properties, name))
      return reader.error([...at, 'name'], `There are two parameters \`${name}\``);
    properties[name] = propertyOf(reader, fields, at);
    if (fields.required === true && fields.default === undefined) required.push(name);
  });
  return { type: 'object', properties, required, additionalProperties: false };
}

function propertyOf(reader: Reader, fields: JsonObject, path: Path): JsonObject {
  const type = reader.choice(fields, path, 'type', Object.keys(TYPES)) ?? 'string';
  const schema: JsonObject = { ...(TYPES[type] as JsonObject) };
  if (fields.required !== undefined && typeof fields.required !== 'boolean')
    reader.error([...path, 'required'], '`required` must be true or false');
  const description = reader.text(fields, path, 'description');
  if (description !== undefined) schema.description = description;
  const pattern = reader.text(fields, path, 'pattern');
  if (pattern !== undefined) {
    if (schema.type !== 'string' || type === 'duration')
      reader.error([...path, 'pattern'], '`pattern` is for parameters of type `string`');
    schema.pattern = pattern;
  }
  const allowed = reader.list(fields, path, 'allowed_values');
  if (allowed.length > 0) schema.enum = allowed;
  else if (type === 'enum') reader.errorAtKey(path, 'A parameter of type `enum` needs `allowed_values`');
  for (const [name, keyword] of [
    ['min', 'minimum'],
    ['max', 'maximum'],
  ] as const) {
    const limit = fields[name];
    if (limit === undefined) continue;
    if (schema.type !== 'number' && schema.type !== 'integer')
      reader.error([...path, name], `\`${name}\` is for parameters of type \`number\` and \`integer\``);
    else if (typeof limit !== 'number') reader.error([...path, name], `\`${name}\` must be a number`);
    else schema[keyword] = limit;
  }
  if (fields.default !== undefined) schema.default = fields.default;
  if (isObject(fields.ui)) schema.ui = fields.ui;
  else if (fields.ui !== undefined) reader.error([...path, 'ui'], '`ui` must be a mapping');
  return schema;
}

function fromSchema(reader: Reader, value: JsonObject, path: Path): JsonSchema | undefined {
  if (value.type !== 'object') {
    const forgotten = value.type === undefined && isObject(value.properties);
    // golden path files have the parameters by name
    if (
      !forgotten &&
      value.type !== 'string' &&
      Object.values(value).every(isObject) &&
      value.properties === undefined
    )
      return fromNames(reader, value, path);
    reader.error(
      value.type === undefined ? path : [...path, 'type'],
      'A JSON Schema of parameters has the type `object`',
      'type: object',
    );
    return value;
  }
  if (value.additionalProperties !== undefined && value.additionalProperties !== false)
    reader.error(
      [...path, 'additionalProperties'],
      'Unknown parameters are always refused',
      'additionalProperties: false',
    );
  refuseReferring(reader, value, path);
  for (const name of Object.keys(isObject(value.properties) ? value.properties : {}))
    if (!NAME.test(name))
      reader.errorAtKey(
        [...path, 'properties', name],
        'The name of a parameter has letters, digits, `_` and `-`, and begins with a letter',
      );
  return { properties: {}, ...value, additionalProperties: false };
}

function fromNames(reader: Reader, value: JsonObject, path: Path): JsonSchema {
  const named = Object.entries(value).map(([name, fields]) => ({
    item: { ...(fields as JsonObject), name },
    at: [...path, name],
  }));
  return fromItems(reader, named);
}

function refuseReferring(reader: Reader, value: Json, path: Path): void {
  if (Array.isArray(value)) value.forEach((item, index) => refuseReferring(reader, item, [...path, index]));
  if (!isObject(value)) return;
  for (const [name, child] of Object.entries(value)) {
    const isProperty = path.at(-1) === 'properties';
    if (REFERRING.includes(name) && !isProperty)
      reader.errorAtKey(
        [...path, name],
        `\`${name}\` cannot be used here: repeat parts of a schema with an alias of YAML`,
      );
    else if (!['default', 'enum', 'const', 'examples', 'ui'].includes(name) || isProperty)
      refuseReferring(reader, child, [...path, name]);
  }
}

/** Whether the schema is one, and its defaults obey it. */
function checked(reader: Reader, schema: JsonSchema, path: Path): boolean {
  const before = reader.errors.length;
  const properties = Object.entries((schema.properties ?? {}) as JsonObject);
  const placeOf = (name: string): Path => placeOfParameter(reader.source.tree, path, name);
  for (const [name, property] of properties) {
    const at = placeOf(name);
    const pattern = isObject(property) ? property.pattern : undefined;
    if (typeof pattern === 'string' && !isPattern(pattern)) {
      reader.error(
        [...at, 'pattern'],
        '`pattern` must be a regular expression of RE2: without look-around and backward references',
      );
      continue;
    }
    try {
      const validator = validatorOf({
        type: 'object',
        properties: { [name]: property },
        additionalProperties: false,
      });
      if (!isObject(property) || property.default === undefined) continue;
      for (const problem of validator.check({ [name]: property.default }).problems) {
        const field = fieldName(problem.path.slice(1));
        reader.error(
          [...at, 'default', ...problem.path.slice(1)],
          `\`default\` does not obey the parameter's own rules${field && `, at \`${field}\``}. ${problem.message}`,
        );
      }
    } catch (error) {
      reader.error(at, `This is not a schema of JSON Schema 2020-12: ${(error as Error).message}`);
    }
  }
  if (reader.errors.length > before) return false;
  try {
    validatorOf(schema);
    return true;
  } catch (error) {
    reader.error(path, `This is not a schema of JSON Schema 2020-12: ${(error as Error).message}`);
    return false;
  }
}

function isPattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

/** Where the document has a parameter: in a list, by name, or among the properties of a schema. */
function placeOfParameter(tree: Json, path: Path, name: string): Path {
  const value = path.reduce<Json | undefined>(
    (current, segment) =>
      Array.isArray(current) ? current[Number(segment)] : isObject(current) ? current[segment] : undefined,
    tree,
  );
  if (Array.isArray(value)) return [...path, value.findIndex((item) => isObject(item) && item.name === name)];
  return isObject(value) && isObject(value.properties) ? [...path, 'properties', name] : [...path, name];
}
