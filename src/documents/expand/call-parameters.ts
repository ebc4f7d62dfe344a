import type { Json, JsonObject, JsonSchema } from '../model.js';
import { type SchemaProblem, validatorOf } from '../parameters/validator.js';
import { referencesIn } from '../references/references-in.js';

/** What is wrong with the parameters that a step gives to a workflow. Those that hold a reference are checked when it is filled in. */
export function problemsOfCall(schema: JsonSchema, given: JsonObject): SchemaProblem[] {
  const { problems } = validatorOf(schema).check(given);
  return problems.filter(({ path, keyword }) => {
    if (keyword === 'required' || keyword === 'additionalProperties') return true;
    const value = path.reduce<unknown>(
      (at, segment) => (at as Record<string, unknown> | undefined)?.[segment],
      given,
    ) as Json | undefined;
    return value === undefined || referencesIn(value).length === 0;
  });
}
