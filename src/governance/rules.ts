import { compile, type Variables } from '../documents/expressions/expression.js';
import { ExpressionError } from '../documents/expressions/expression-error.js';
import type { JsonObject, JsonSchema } from '../documents/model.js';
import type { Rule } from './policy.js';

/** A run, as rules see it. */
export interface RuledRun {
  request: {
    provider: string;
    workflow: string;
    team: string;
    /** Empty: for no application. */
    application: string;
    /** What started it; empty: somebody asked for it. */
    event: string;
    requester: string;
    parameters: JsonObject;
  };
  plan: readonly RuledStep[];
}

/** A step, as rules see it. */
export interface RuledStep {
  name: string;
  type: string;
  provider: string;
  /** As far as it is known; what only applying tells is the text `<known after apply>`. */
  input: JsonObject;
  /** What it would change now; empty if that is not known yet. */
  changes: readonly string[];
}

const object: JsonSchema = { type: 'object' };
const VARIABLES: Variables = { request: object, plan: { type: 'array' } };

/** Throws an ExpressionError if the condition of a rule is not CEL, or gives anything else than true and false. */
export function checkRule(when: string): void {
  const { type } = compile(when, VARIABLES);
  if (type !== 'bool' && type !== 'dyn') throw new ExpressionError('A condition must give true or false');
}

/** Whether a rule is about a run. Throws an ExpressionError if that has no answer, such as for a parameter that there is not. */
export function appliesTo({ when }: Rule, run: RuledRun): boolean {
  const { request, plan } = run;
  const result = compile(when, VARIABLES).evaluate({ request, plan } as never);
  if (typeof result !== 'boolean') throw new ExpressionError('A condition must give true or false');
  return result;
}
