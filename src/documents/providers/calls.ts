import { problemsOfCall } from '../expand/call-parameters.js';
import type { Files, JsonObject, JsonSchema, Step, Workflow } from '../model.js';
import { nearest } from '../nearest.js';
import { fieldName } from '../parameters/validator.js';
import { isObject, Reader } from '../reader.js';
import { readYaml } from '../yaml/read-yaml.js';
import type { Path } from '../yaml/yaml-source.js';

interface Own {
  workflows: readonly Workflow[];
  files: Files;
}

/** Checks the steps that call another workflow of the same provider: that it is there, and takes what they give it. */
export function checkCalls(reader: Reader, { workflows, files }: Own): void {
  const known = new Map(workflows.map((each) => [each.name, each]));
  for (const { file, steps } of workflows) {
    const calls = steps.flatMap((step, index) => (isOwnCall(step) ? [{ step, index }] : []));
    if (calls.length === 0) continue;
    const source = readYaml(file, files.get(file) ?? '').value;
    if (!source) continue;
    const there = new Reader(source);
    for (const { step, index } of calls) checkCall(there, step, placeOf(source.tree, index), known);
    reader.errors.push(...there.errors);
  }
}

const isOwnCall = ({ type, with: input }: Step): boolean =>
  type === 'workflow' && input.provider === undefined && typeof input.workflow === 'string';

function checkCall(
  reader: Reader,
  { with: input }: Step,
  path: Path,
  known: ReadonlyMap<string, Workflow>,
): void {
  const name = input.workflow as string;
  const called = known.get(name);
  if (!called)
    return reader.error(
      [...path, 'workflow'],
      `There is no workflow \`${name}\` in this provider`,
      nearest(name, [...known.keys()]),
    );
  const { parameters } = called;
  for (const { path: at, keyword, unknown, message } of problemsOfCall(
    parameters,
    (input.parameters ?? {}) as JsonObject,
  )) {
    const place = [...path, 'parameters', ...at];
    const field = fieldName(at);
    if (unknown !== undefined && at.length === 1)
      reader.errorAtKey(
        place,
        `Workflow \`${name}\` has no parameter \`${unknown}\``,
        nearest(unknown, namesOf(parameters)),
      );
    else if (keyword === 'required')
      reader.errorAtKey(place, `Workflow \`${name}\` needs the parameter \`${field}\``);
    else reader.error(place, `Parameter \`${field}\` of workflow \`${name}\`: ${message}`);
  }
}

const namesOf = ({ properties }: JsonSchema): string[] => Object.keys(properties ?? {});

/** Where the input of a step is in its document. */
function placeOf(tree: unknown, index: number): Path {
  const root = tree as JsonObject;
  const body: Path = isObject(root.spec) ? ['spec', 'steps', index] : ['steps', index];
  const step = body.reduce<unknown>((at, segment) => (at as Record<string, unknown>)[segment], root);
  return [...body, (step as JsonObject).with === undefined ? 'config' : 'with'];
}
