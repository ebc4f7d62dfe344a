import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats, { type FormatName } from 'ajv-formats';
import { RE2JS } from 're2js';
import type { Json, JsonObject, JsonSchema } from '../model.js';
import type { Path } from '../yaml/yaml-source.js';

/** What is wrong with a value. */
export interface SchemaProblem {
  path: Path;
  message: string;
  /** The keyword of JSON Schema that says so. */
  keyword: string;
  /** For an unknown field: its name. */
  unknown?: string;
  schemaPath: string;
}

/** A schema that is compiled. */
export interface Validator {
  /** The value with the defaults of the schema, and what is wrong with it. The given value is not changed. */
  check(value: unknown): { value: JsonObject; problems: SchemaProblem[] };
}

const FORMATS: FormatName[] = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uuid',
];

/**
 * Patterns of documents run on an engine whose time is linear in the text. The name that `toString` gives is what ajv
 * keeps patterns apart by: without it every pattern would be the first one.
 */
const linear = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linear' },
) as unknown as (pattern: string, flags: string) => { test(text: string): boolean };

const OPTIONS = { allErrors: true, useDefaults: true, addUsedSchema: false, logger: false } as const;

/** An instance keeps something of each schema that it compiled, so it is replaced after this many. */
const SCHEMAS_AN_INSTANCE = 1000;

const untrusted = compiler({
  ...OPTIONS,
  strict: true,
  code: { regExp: Object.assign(linear, { code: 'linear' }) },
});
const trusted = compiler({ ...OPTIONS, strict: false });
const known = new WeakMap<JsonSchema, Validator>();

/** For schemas that people write. Throws if it is none. */
export function validatorOf(schema: JsonSchema): Validator {
  return untrusted(schema);
}

/** For schemas of this service, which never change: their patterns are its own. */
export function trustedValidatorOf(schema: JsonSchema): Validator {
  const validator = known.get(schema) ?? trusted(schema);
  known.set(schema, validator);
  return validator;
}

function compiler(options: Options): (schema: JsonSchema) => Validator {
  let left = 0;
  let ajv: Ajv2020;
  return (schema) => {
    if (left === 0) {
      left = SCHEMAS_AN_INSTANCE;
      ajv = new Ajv2020(options);
      addFormats.default(ajv, FORMATS);
      // what forms are told about a parameter; it means nothing here
      ajv.addKeyword({ keyword: 'ui', schemaType: 'object' });
      // see derived-defaults.ts
      ajv.addKeyword({ keyword: 'default_from', schemaType: 'string' });
    }
    left -= 1;
    // a copy, because the instance would answer for a schema that was changed after it was compiled
    const copy = structuredClone(schema);
    const validate: ValidateFunction = ajv.compile(copy);
    ajv.removeSchema(copy);
    return {
      check(given) {
        const value = withoutPrototypes(given as Json) as JsonObject;
        const problems = validate(value) ? [] : (validate.errors ?? []).map(problemOf);
        return { value: structuredClone(value), problems };
      },
    };
  };
}

/** A copy whose objects inherit nothing: otherwise a field named `constructor` would be there without being given. */
function withoutPrototypes(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.create(null) as JsonObject;
  for (const [name, each] of Object.entries(value)) copy[name] = withoutPrototypes(each);
  return copy;
}

function problemOf({ instancePath, keyword, params, message, schemaPath }: ErrorObject): SchemaProblem {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((segment) => (/^(0|[1-9]\d*)$/.test(segment) ? Number(segment) : segment));
  const given = params as Record<string, unknown>;
  const at = (name: unknown): Path => [...path, String(name)];
  if (keyword === 'additionalProperties') {
    const unknown = String(given.additionalProperty);
    return { path: at(unknown), keyword, schemaPath, unknown, message: 'There is no such field' };
  }
  if (keyword === 'required')
    return { path: at(given.missingProperty), keyword, schemaPath, message: 'This field is missing' };
  return { path, keyword, schemaPath, message: ruleOf(keyword, given, message ?? 'is not valid') };
}

/** The rule that a value breaks, as a sentence. The value itself is not in it: it may be secret. */
function ruleOf(keyword: string, params: Record<string, unknown>, message: string): string {
  if (keyword === 'type') return `It must be ${nameOf(params.type)}`;
  if (keyword === 'enum')
    return `It must be one of ${(params.allowedValues as unknown[]).map((each) => `\`${String(each)}\``).join(', ')}`;
  if (keyword === 'pattern') return `It must match \`${String(params.pattern)}\``;
  return `It ${message}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'empty',
};

/** What a value of a type is, in words. */
export function nameOf(type: unknown): string {
  const types = Array.isArray(type) ? type.map(String) : String(type).split(',');
  return types.map((each) => NAMES[each] ?? each).join(' or ');
}

/** A path as people write it, such as `grants[0].path`. */
export function fieldName(path: Path): string {
  return path.reduce<string>(
    (name, segment) =>
      typeof segment === 'number' ? `${name}[${segment}]` : name === '' ? segment : `${name}.${segment}`,
    '',
  );
}
