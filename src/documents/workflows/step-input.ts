import { trustedValidatorOf, type SchemaProblem } from '../parameters/validator.js';
import type { Json, JsonObject, JsonSchema } from '../model.js';
import { nearest } from '../nearest.js';
import { isObject, type Reader } from '../reader.js';
import { type Declared, schemaOf } from '../references/declared.js';
import { parseText } from '../references/parse-text.js';
import { type Reference, ReferenceProblem } from '../references/reference.js';
import type { Path } from '../yaml/yaml-source.js';

/** Rules about which fields there are; they hold whatever references stand for. */
const STRUCTURE = new Set([
  'required',
  'additionalProperties',
  'minProperties',
  'maxProperties',
  'minItems',
  'maxItems',
]);

/** What looks like a reference without its braces. */
const BARE = /(?<!\$)\$((?:inputs|steps|resources|app)\.[A-Za-z_][\w.-]*)/;

/** The input of a step, with the place of each field. */
export interface StepInput {
  value: JsonObject;
  /** Where a field at a path of the input is in the document. */
  at(path: Path): Path;
}

/** A step whose undo is a request of its own. */
export interface Own {
  name: string;
  outputs: { readonly [output: string]: JsonSchema };
}

/**
 * Checks the references of a step's input, and the input against the schema of its type. A reference may stand where
 * any value may stand; one whose type is declared must have a type that fits.
 */
export function checkStepInput(
  reader: Reader,
  input: StepInput,
  schema: JsonSchema | undefined,
  declared: Declared,
  own?: Own,
): void {
  const open = new Set<string>();
  const leaves = new Leaves(reader, input, schema, (path) => declaredAt(path, declared, own), open);
  const value = leaves.check(input.value, []);
  if (!schema) return;
  const { problems } = trustedValidatorOf(schema).check(value);
  const contains = (path: Path): boolean => [...open].some((leaf) => isBelow(JSON.parse(leaf) as Path, path));
  const hidden = problems
    .filter(({ keyword, path }) => !STRUCTURE.has(keyword) && contains(path))
    .map(({ schemaPath }) => schemaPath);
  for (const problem of problems) {
    const inHidden = hidden.some(
      (each) => each === problem.schemaPath || problem.schemaPath.startsWith(`${each}/`),
    );
    if (!inHidden) report(reader, input, problem, schema);
  }
}

/** An undo may name outputs of its own step: it is sent after that. */
function declaredAt([first]: Path, declared: Declared, own: Own | undefined): Declared {
  if (!own || first !== 'undo') return declared;
  return { ...declared, steps: new Map([...declared.steps, [own.name, own.outputs]]) };
}

function report(reader: Reader, input: StepInput, problem: SchemaProblem, schema: JsonSchema): void {
  const field = problem.path.map(String).join('.');
  const at = input.at(problem.path);
  if (problem.unknown !== undefined) {
    const around = schemaAt(schema, problem.path.slice(0, -1));
    const names = Object.keys(around?.properties ?? {});
    reader.errorAtKey(
      at,
      `There is no field \`${field}\` in this step type`,
      nearest(problem.unknown, names),
    );
  } else if (problem.keyword === 'required') reader.errorAtKey(at, `The step needs the field \`${field}\``);
  else reader.error(at, `\`${field}\` is not valid. ${problem.message}`);
}

/** Looks at the leaves of an input. References are collected in `open`, and replaced by a text. */
class Leaves {
  constructor(
    private readonly reader: Reader,
    private readonly input: StepInput,
    private readonly schema: JsonSchema | undefined,
    private readonly declared: (path: Path) => Declared,
    private readonly open: Set<string>,
  ) {}

  check(value: Json, path: Path): Json {
    if (typeof value === 'string') return this.text(value, path);
    if (Array.isArray(value)) return value.map((item, index) => this.check(item, [...path, index]));
    if (!isObject(value)) return value;
    for (const key of Object.keys(value))
      if (key.includes('${'))
        this.reader.errorAtKey(this.input.at([...path, key]), 'A reference cannot be the name of a field');
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, this.check(child, [...path, key])]),
    );
  }

  private text(text: string, path: Path): Json {
    try {
      const parts = parseText(text);
      const references = parts.filter((part) => typeof part !== 'string');
      const bare = BARE.exec(text)?.[1];
      if (bare !== undefined)
        this.reader.warning(
          this.input.at(path),
          `\`$${bare}\` stands for itself: references have braces`,
          `\${${bare}}`,
        );
      if (references.length === 0) return parts.map((part) => `${part as string}`).join('');
      this.open.add(JSON.stringify(path));
      const types = references.map((reference) => typeOf(schemaOf(reference, this.declared(path))));
      const expected = this.schema && expectedType(schemaAt(this.schema, path));
      if (parts.length > 1) this.mixed(references, types, expected, path);
      else if (references[0] && expected && types[0] && !fits(types[0], expected))
        this.refuse(
          path,
          `\`${references[0].text}\` is ${NAMES[types[0]]}, and \`${path.join('.')}\` must be ${NAMES[expected]}`,
        );
    } catch (error) {
      if (!(error instanceof ReferenceProblem)) throw error;
      this.open.add(JSON.stringify(path));
      this.reader.error(this.input.at(path), error.message, error.suggestion);
    }
    return text;
  }

  private mixed(
    references: Reference[],
    types: (Type | undefined)[],
    expected: Type | undefined,
    path: Path,
  ): void {
    if (expected && expected !== 'string')
      this.refuse(
        path,
        `This is a text, and \`${path.join('.')}\` must be ${NAMES[expected]}: write only the reference`,
      );
    references.forEach((reference, index) => {
      const type = types[index];
      if (type === 'array' || type === 'object')
        this.refuse(
          path,
          `\`${reference.text}\` is ${NAMES[type]}: inside a text only texts, numbers, true and false can stand`,
        );
    });
  }

  private refuse(path: Path, message: string): void {
    this.reader.error(this.input.at(path), message);
  }
}

const NAMES = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
} as const;
type Type = keyof typeof NAMES;

function typeOf(schema: JsonSchema | undefined): Type | undefined {
  const { type } = schema ?? {};
  if (typeof type === 'string' && Object.hasOwn(NAMES, type)) return type as Type;
  return expectedType(schema);
}

function expectedType(schema: JsonSchema | undefined): Type | undefined {
  if (typeof schema?.type === 'string' && Object.hasOwn(NAMES, schema.type)) return schema.type as Type;
  const allowed = schema?.enum;
  return Array.isArray(allowed) && allowed.every((each) => typeof each === 'string') ? 'string' : undefined;
}

const fits = (given: Type, expected: Type): boolean =>
  given === expected ||
  (given === 'integer' && expected === 'number') ||
  // a whole number may be declared as a number
  (given === 'number' && expected === 'integer');

/** The schema of the value at a path; undefined if the schema does not tell. */
function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  let current: JsonSchema | undefined = schema;
  for (const segment of path) {
    const properties = (current?.properties ?? {}) as Record<string, JsonSchema>;
    const other = current?.additionalProperties;
    if (typeof segment === 'number') current = current?.items as JsonSchema | undefined;
    else if (Object.hasOwn(properties, segment)) current = properties[segment];
    else current = typeof other === 'object' ? (other as JsonSchema) : undefined;
  }
  return current;
}

function isBelow(path: Path, above: Path): boolean {
  return above.every((segment, index) => String(path[index]) === String(segment));
}
