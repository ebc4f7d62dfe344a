import { compile, type Expression, type Variables } from '../expressions/expression.js';
import { ExpressionError } from '../expressions/expression-error.js';
import type { JsonSchema } from '../model.js';
import { type Declared, schemaOf } from '../references/declared.js';
import { lookUp, type Scope } from '../references/fill.js';
import { ReferenceProblem } from '../references/reference.js';
import { type Filled, isKnown, UNKNOWN } from '../references/unknown.js';

const object: JsonSchema = { type: 'object' };
const text: JsonSchema = { type: 'string' };

const variablesFor = (inputs: JsonSchema): Variables => ({
  inputs,
  steps: object,
  resources: object,
  app: object,
  run: object,
  team: text,
  requester: text,
  targets: { type: 'array' },
});

/**
 * Compiles a condition of a workflow. Throws an ExpressionError if it is not CEL, names what there is not, or can give
 * anything else than true and false.
 */
export function checkCondition(condition: string, declared: Declared): void {
  const { names, type } = compile(condition, variablesFor(declared.inputs));
  for (const path of names) {
    try {
      // a name without its output is a question whether there is one
      const [root] = path;
      const complete = root === 'inputs' ? path.length > 1 : root === 'steps' && path.length > 3;
      if (complete) schemaOf({ path, text: path.join('.') }, declared);
    } catch (error) {
      if (!(error instanceof ReferenceProblem)) throw error;
      throw new ExpressionError(error.message, error.suggestion?.replace(/^\$\{(.*)\}$/, '$1'));
    }
  }
  if (type !== 'bool' && type !== 'dyn')
    throw new ExpressionError('A condition must give true or false', `${condition} == …`);
}

/** Whether a condition holds; UNKNOWN if that depends on what only applying tells. Throws an ExpressionError. */
export function holds(condition: string, inputs: JsonSchema, scope: Scope): boolean | typeof UNKNOWN {
  const expression = compile(condition, variablesFor(inputs));
  if (dependsOnUnknown(expression, scope)) return UNKNOWN;
  const { app, run, ...rest } = scope;
  const values = { ...rest, app: { ...app }, run: { ...run } } as unknown as Record<string, Filled>;
  const result = expression.evaluate(values);
  if (typeof result !== 'boolean') throw new ExpressionError('A condition must give true or false');
  return result;
}

function dependsOnUnknown({ names }: Expression, scope: Scope): boolean {
  return names.some((path) => {
    const value = lookUp(scope, path);
    return value !== undefined && !isKnown(value);
  });
}
