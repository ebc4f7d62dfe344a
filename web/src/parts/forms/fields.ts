import { type Json, type JsonSchema, numberAt, schemaAt, textAt } from './schema.ts';

/** How a parameter is filled in. `json` is for what has no form of its own. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'choice' | 'many' | 'lines' | 'group' | 'json';

/** One parameter, as a form shows it. */
export interface Field {
  /** Its place among the parameters, `db.size`, as the service's errors have it. */
  path: string;
  name: string;
  kind: FieldKind;
  isRequired: boolean;
  description: string | undefined;
  /** The rules that its value has to obey; of `lines` and `many` those of one value. */
  rules: JsonSchema;
  /** Of the whole list. */
  listRules: JsonSchema;
  /** What counts without a value; undefined: nothing does. */
  fallback: Json | undefined;
  /** A default that names the team or the requester, `teams/${team}`. */
  fallbackFrom: string | undefined;
  /** Of `choice` and `many`, by the texts that people see. */
  choices: ReadonlyMap<string, Json>;
  /** Of `group`. */
  fields: readonly Field[];
}

/** The fields of a schema of type object: what must be given first, otherwise in the order of the document. */
export function fieldsOf(schema: JsonSchema, path = ''): Field[] {
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : [];
  const fields = Object.entries(schemaAt(schema['properties'])).map(([name, property]) =>
    fieldOf(name, schemaAt(property), required.includes(name), path),
  );
  return [...fields.filter(({ isRequired }) => isRequired), ...fields.filter((each) => !each.isRequired)];
}

function fieldOf(name: string, schema: JsonSchema, isNamed: boolean, parent: string): Field {
  const path = parent === '' ? name : `${parent}.${name}`;
  const fallback = schema['default'] as Json | undefined;
  const fallbackFrom = textAt(schema['default_from']);
  const isRequired = isNamed && fallback === undefined && fallbackFrom === undefined;
  const { kind, rules, choices } = shownAs(schema, fallback !== undefined);
  return {
    ...{ path, name, kind, isRequired, rules, choices, fallback, fallbackFrom },
    listRules: schema,
    description: textAt(schema['description']),
    fields: kind === 'group' ? fieldsOf(schema, path) : [],
  };
}

type Shown = Pick<Field, 'kind' | 'rules' | 'choices'>;
const NONE: ReadonlyMap<string, Json> = new Map();

function shownAs(schema: JsonSchema, hasDefault: boolean): Shown {
  const { type } = schema;
  const as = (kind: FieldKind, rules = schema): Shown => ({ kind, rules, choices: NONE });
  if (schema['enum'] !== undefined) return choiceOf('choice', schema) ?? as('json');
  // without a default, "not given" is an answer of its own
  if (type === 'boolean')
    return hasDefault ? as('boolean') : (choiceOf('choice', { enum: [true, false] }) ?? as('json'));
  if (type === 'string') return as('text');
  if (type === 'integer' || type === 'number') return as('number');
  if (type === 'array') {
    const items = schemaAt(schema['items']);
    if (items['enum'] !== undefined) return choiceOf('many', items) ?? as('json');
    const isLine = ['string', 'integer', 'number'].includes(String(items['type']));
    return isLine ? as('lines', items) : as('json');
  }
  const hasFields = Object.keys(schemaAt(schema['properties'])).length > 0;
  return type === 'object' && hasFields ? as('group') : as('json');
}

/** A choice of scalars that can be told apart by their texts. */
function choiceOf(kind: 'choice' | 'many', rules: JsonSchema): Shown | undefined {
  const values = Array.isArray(rules['enum']) ? (rules['enum'] as Json[]) : [];
  if (!values.every((value) => ['string', 'number', 'boolean'].includes(typeof value))) return undefined;
  const choices = new Map(values.map((value) => [`${value as string | number | boolean}`, value]));
  return choices.size === values.length && !choices.has('') ? { kind, rules, choices } : undefined;
}

/** All fields, those in groups, too. */
export function flat(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...flat(field.fields)]);
}

/** The smallest and the largest value, or number of letters or values, that there may be. */
export function limitsOf(
  rules: JsonSchema,
  of: 'value' | 'letters' | 'values',
): { min?: number; max?: number } {
  const names = {
    value: ['minimum', 'maximum'],
    letters: ['minLength', 'maxLength'],
    values: ['minItems', 'maxItems'],
  };
  const [min, max] = names[of].map((name) => numberAt(rules[name]));
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
