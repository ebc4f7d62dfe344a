import type { JsonSchema } from '../model.js';
import { nearest } from '../nearest.js';
import { type Reference, ReferenceProblem } from './reference.js';

/** What a document may refer to. */
export interface Declared {
  /** The schema of the inputs. */
  inputs: JsonSchema;
  /** The outputs of the steps before, by name of the step; undefined if only the run tells which there are. */
  steps: ReadonlyMap<string, { readonly [output: string]: JsonSchema } | undefined>;
  /** All steps of the workflow, to tell a later one from one that is not there. */
  stepNames: readonly string[];
}

const SECRET = /secret|password|passwd|token|credential|private_?key|connection_?(string|url)|dsn/i;

/** The schema of what a reference names; undefined if only the run tells it. Throws a ReferenceProblem if it names nothing. */
export function schemaOf(reference: Reference, declared: Declared): JsonSchema | undefined {
  const [root, name = '', , output = ''] = reference.path;
  if (root === 'inputs') return below(declared.inputs, reference, 1);
  if (root === 'steps') {
    const outputs = declared.steps.get(name);
    if (!declared.steps.has(name)) throw missingStep(reference, name, declared);
    if (!outputs) return undefined;
    const schema = Object.hasOwn(outputs, output) ? outputs[output] : undefined;
    if (!schema) throw missingOutput(reference, name, output, Object.keys(outputs));
    return below(schema, reference, 4);
  }
  return root === 'resources' ? undefined : { type: 'string' };
}

/** The schema of what a path names from `from` on. */
function below(schema: JsonSchema, reference: Reference, from: number): JsonSchema | undefined {
  let current: JsonSchema = schema;
  for (const segment of reference.path.slice(from)) {
    const properties = current.properties as Record<string, JsonSchema> | undefined;
    const next = properties && Object.hasOwn(properties, segment) ? properties[segment] : undefined;
    if (next !== undefined) current = next;
    else if (properties && current.additionalProperties === false) {
      const before = reference.path.slice(0, reference.path.indexOf(segment));
      const name = nearest(segment, Object.keys(properties));
      throw new ReferenceProblem(
        `\`${reference.text}\` names nothing: there is no \`${segment}\` in \`${before.join('.')}\``,
        name && `\${${[...before, name].join('.')}}`,
      );
    } else if (isScalar(current))
      throw new ReferenceProblem(
        `\`${reference.text}\` names nothing: what is before \`${segment}\` is a single value`,
      );
    else return undefined;
  }
  return current;
}

const isScalar = (schema: JsonSchema): boolean =>
  typeof schema.type === 'string' && !['object', 'array'].includes(schema.type);

function missingStep(reference: Reference, name: string, { steps, stepNames }: Declared): ReferenceProblem {
  if (stepNames.includes(name))
    return new ReferenceProblem(
      `\`${reference.text}\` names a step that comes later, or this one: only steps before have outputs`,
    );
  const known = nearest(name, [...steps.keys()]);
  return new ReferenceProblem(
    `\`${reference.text}\` names nothing: there is no step \`${name}\``,
    known && `\${${['steps', known, ...reference.path.slice(2)].join('.')}}`,
  );
}

function missingOutput(
  { text, path }: Reference,
  step: string,
  output: string,
  outputs: string[],
): ReferenceProblem {
  if (SECRET.test(output))
    return new ReferenceProblem(
      `\`${text}\`: no step gives out a secret. Say in \`deliver\` of step \`${step}\` where the secret goes`,
      'deliver: {vault: {path: …}}',
    );
  const known = nearest(output, outputs);
  const list =
    outputs.length === 0 ? 'no outputs' : `the outputs ${outputs.map((each) => `\`${each}\``).join(', ')}`;
  return new ReferenceProblem(
    `\`${text}\` names nothing: step \`${step}\` has ${list}`,
    known && `\${${[...path.slice(0, 3), known, ...path.slice(4)].join('.')}}`,
  );
}
