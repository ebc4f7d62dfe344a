import { ExpressionError } from '../expressions/expression-error.js';
import type { Files, Json, JsonObject, JsonSchema, Step } from '../model.js';
import { nearest } from '../nearest.js';
import { isObject, type Reader } from '../reader.js';
import type { Declared } from '../references/declared.js';
import { ALIASES, REFUSED } from '../step-types/aliases.js';
import { ANSIBLE } from '../step-types/types/ansible.js';
import { STEP_TYPES } from '../step-types/catalogue.js';
import { MANIFESTS } from '../step-types/types/kubernetes.js';
import { TOFU } from '../step-types/types/tofu.js';
import type { Path } from '../yaml/yaml-source.js';
import { checkCondition } from './conditions.js';
import { withManifests } from './manifests.js';
import { withModule } from './modules.js';
import { withPlaybooks } from './playbooks.js';
import { INPUT_FIELDS, REFUSED_FIELDS, STEP_FIELDS } from './step-fields.js';
import { checkStepInput, type StepInput } from './step-input.js';
import { withTemplate } from './templates.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Reads one step; `declared` is what it may refer to, `files` those of its provider. Undefined if it cannot be read at all. */
export function readStep(
  reader: Reader,
  item: Json,
  path: Path,
  declared: Declared,
  files: Files,
): Step | undefined {
  const known = [...STEP_FIELDS, ...INPUT_FIELDS, ...Object.keys(REFUSED_FIELDS)];
  const fields = reader.fields(item, path, known, 'A step');
  if (!fields) return undefined;
  for (const [name, message] of Object.entries(REFUSED_FIELDS))
    if (fields[name] !== undefined) reader.errorAtKey([...path, name], message);
  const name = nameOf(reader, fields, path, declared);
  const type = typeOf(reader, fields, path);
  const given = inputOf(reader, fields, path);
  const input = withFiles(reader, type, given, files);
  if (type !== undefined) {
    const known = STEP_TYPES.get(type);
    const own = known?.undoNamesOutputs && name !== undefined ? { name, outputs: known.outputs } : undefined;
    checkStepInput(reader, input, known?.input, declared, own);
    checkControl(reader, type, input, declared);
    if (!known)
      reader.warning(
        [...path, 'type'],
        `This release cannot carry out steps of type \`${type}\`: a run is refused`,
      );
  }
  checkOrder(reader, fields, path, declared);
  const timeoutSeconds = timeoutOf(reader, fields, path);
  if (timeoutSeconds !== undefined && type === 'workflow')
    reader.errorAtKey([...path, 'timeout'], 'A workflow has no time limit of its own: its steps have them');
  if (timeoutSeconds !== undefined && type === 'approval')
    reader.warning(
      [...path, 'timeout'],
      'People have `expires_in_seconds` to answer: this field has no effect',
    );
  const condition = conditionOf(reader, fields, path, declared);
  if (name === undefined || type === undefined) return undefined;
  return {
    name,
    type,
    with: input.value,
    ...(condition === undefined ? {} : { if: condition }),
    onError: onErrorOf(reader, fields, path),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

/** With what files of the provider have for it. */
function withFiles(reader: Reader, type: string | undefined, given: StepInput, files: Files): StepInput {
  if (type !== undefined && MANIFESTS.has(type)) return withManifests(reader, given, files);
  if (type === TOFU) return withModule(reader, given, files);
  if (type === ANSIBLE) return withPlaybooks(reader, given, files);
  return type === 'git.scaffold' ? withTemplate(reader, given, files) : given;
}

/** The outputs of a step that later ones may refer to; undefined if only the run tells. */
export function outputsOf(type: string): { readonly [output: string]: JsonSchema } | undefined {
  return type === 'workflow' ? undefined : STEP_TYPES.get(type)?.outputs;
}

function nameOf(reader: Reader, fields: JsonObject, path: Path, declared: Declared): string | undefined {
  const name = reader.requiredText(fields, path, 'name', 'A step');
  if (name === undefined) return undefined;
  if (!NAME.test(name))
    reader.error(
      [...path, 'name'],
      'The name of a step has at most 63 letters, digits, `_` and `-`',
      name.replace(/[^A-Za-z0-9]+/g, '-'),
    );
  if (declared.steps.has(name)) reader.error([...path, 'name'], `There are two steps \`${name}\``);
  return name;
}

function typeOf(reader: Reader, fields: JsonObject, path: Path): string | undefined {
  const given = reader.requiredText(fields, path, 'type', 'A step');
  if (given === undefined) return undefined;
  const type = Object.hasOwn(ALIASES, given) ? (ALIASES[given] ?? given) : given;
  if (STEP_TYPES.has(type)) return type;
  const refused = Object.hasOwn(REFUSED, type) ? REFUSED[type] : undefined;
  const names = [...STEP_TYPES.keys(), ...Object.keys(ALIASES)];
  reader.error(
    [...path, 'type'],
    refused ? `${refused.reason} (\`${type}\`)` : `There is no step type \`${given}\``,
    refused ? refused.instead : nearest(type, names),
  );
  return undefined;
}

/** `with`, or `config`, and the fields that innominatus has beside it. */
function inputOf(reader: Reader, fields: JsonObject, path: Path): StepInput {
  const container = fields.with === undefined ? 'config' : 'with';
  if (fields.with !== undefined && fields.config !== undefined)
    reader.errorAtKey([...path, 'config'], '`config` and `with` mean the same: use one of them', 'with');
  const inner = fields[container];
  if (inner !== undefined && inner !== null && !isObject(inner))
    reader.error([...path, container], `\`${container}\` must be a mapping`);
  const value: JsonObject = isObject(inner) ? { ...inner } : {};
  const beside = INPUT_FIELDS.filter((name) => fields[name] !== undefined);
  for (const name of beside) {
    if (value[name] !== undefined)
      reader.errorAtKey([...path, name], `\`${name}\` is there twice, here and in \`${container}\``);
    value[name] = fields[name] ?? null;
  }
  return {
    value,
    at: ([first, ...rest]) => {
      if (first === undefined) return inner === undefined ? path : [...path, container];
      return beside.includes(String(first))
        ? [...path, first, ...rest]
        : [...path, container, first, ...rest];
    },
  };
}

/** What the schema of `assert` and `workflow` cannot say. */
function checkControl(reader: Reader, type: string, input: StepInput, declared: Declared): void {
  if (type === 'assert' && typeof input.value.that === 'string')
    compiledWithout(reader, input.value.that, input.at(['that']), declared);
  if (type !== 'workflow') return;
  for (const field of ['provider', 'workflow']) {
    const value = input.value[field];
    if (typeof value === 'string' && /\$\{|\{\{/.test(value))
      reader.error(
        input.at([field]),
        `\`${field}\` is a name, without references: a run is checked as a whole before it begins`,
      );
  }
}

/** Compiles a condition; false: references stand in it, which a condition does not have. */
function compiledWithout(reader: Reader, text: string, at: Path, declared: Declared): boolean {
  if (text.includes('${') || /(^|[^"'\w])\$\w/.test(text)) {
    const suggestion = text.replace(/\$\{([^{}]*)\}/g, '$1');
    reader.error(at, 'A condition is CEL: names stand in it without `$` and braces', suggestion);
    return false;
  }
  compiled(reader, text, at, declared);
  return true;
}

function compiled(reader: Reader, text: string, at: Path, declared: Declared): void {
  try {
    checkCondition(text, declared);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    reader.error(at, `This condition is not valid CEL here. ${error.message}`, error.suggestion);
  }
}

/** The steps run in the order of the document. */
function checkOrder(reader: Reader, fields: JsonObject, path: Path, declared: Declared): void {
  for (const field of ['dependsOn', 'depends_on'])
    reader.texts(fields, path, field).forEach((name, index) => {
      if (declared.steps.has(name)) return;
      const later = declared.stepNames.includes(name);
      reader.error(
        [...path, field, index],
        later
          ? `Step \`${name}\` comes later: steps run in the order of the document`
          : `There is no step \`${name}\``,
        later ? undefined : nearest(name, declared.stepNames),
      );
    });
  for (const field of ['parallel', 'parallelGroup'])
    if (fields[field] !== undefined && fields[field] !== false)
      reader.warning([...path, field], 'Steps run one after the other: this field has no effect');
  if (fields.outputs !== undefined)
    reader.warning(
      [...path, 'outputs'],
      'The step type says which outputs there are: this field has no effect',
    );
}

function conditionOf(reader: Reader, fields: JsonObject, path: Path, declared: Declared): string | undefined {
  const given = expression(reader, fields, path, 'if', declared);
  const unless = expression(reader, fields, path, 'unless', declared);
  whenOf(reader, fields, path);
  if (unless === undefined) return given;
  return given === undefined ? `!(${unless})` : `(${given}) && !(${unless})`;
}

function expression(
  reader: Reader,
  fields: JsonObject,
  path: Path,
  field: string,
  declared: Declared,
): string | undefined {
  const value = fields[field];
  const text = typeof value === 'boolean' ? String(value) : reader.text(fields, path, field);
  if (text === undefined) return undefined;
  const bare = (/^\s*\$\{([^{}]*)\}\s*$/.exec(text)?.[1] ?? text).trim();
  return compiledWithout(reader, bare, [...path, field], declared) ? bare : undefined;
}

function whenOf(reader: Reader, fields: JsonObject, path: Path): void {
  const when = reader.choice(fields, path, 'when', ['always', 'on_success', 'on_failure', 'manual']);
  if (when === 'always')
    reader.warning(
      [...path, 'when'],
      'After a step that failed for good no other one runs: `when: always` has no effect',
    );
  if (when === 'on_failure')
    reader.error(
      [...path, 'when'],
      'What happens after a failure is said of the whole workflow',
      'on_failure: rollback',
    );
  if (when === 'manual')
    reader.error(
      [...path, 'when'],
      'A step that waits for a person is a step of type `approval` before it',
      'type: approval',
    );
}

function onErrorOf(reader: Reader, fields: JsonObject, path: Path): Step['onError'] {
  const field = fields.onError === undefined ? 'on_error' : 'onError';
  return reader.choice(fields, path, field, ['fail', 'continue']) ?? 'fail';
}

function timeoutOf(reader: Reader, fields: JsonObject, path: Path): number | undefined {
  const { timeout } = fields;
  if (timeout === undefined || timeout === null) return undefined;
  const parts = typeof timeout === 'string' ? /^(\d{1,7})(s|m|h|d)?$/.exec(timeout) : null;
  const seconds = parts ? Number(parts[1]) * SECONDS[(parts[2] ?? 's') as keyof typeof SECONDS] : timeout;
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= 2_592_000)
    return seconds;
  reader.error(
    [...path, 'timeout'],
    '`timeout` is a number of seconds, or a text such as `5m`; at most 30 days',
    '5m',
  );
  return undefined;
}
