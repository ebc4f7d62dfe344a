import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { JsonObject, JsonSchema } from '../../documents/model.js';
import { type Asked, withDerived } from '../../documents/parameters/derived-defaults.js';
import {
  fieldName,
  trustedValidatorOf,
  type Validator,
  validatorOf,
} from '../../documents/parameters/validator.js';
import { FillError } from '../../documents/references/fill.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';

const validators = new Map<string, Validator>();

/** The input of a step with the defaults of its type, where not everything is known yet: nothing is checked. */
export function withDefaults(type: string, input: JsonObject): JsonObject {
  return validatorFor(type).check(input).value;
}

/** The input of a step with the defaults of its type. Throws 422 with the rule that each field breaks. */
export function checkInput(type: string, input: JsonObject): JsonObject {
  const validator = validatorFor(type);
  // these are no fields that a document has
  const { holds = null, undo_later: later, ...given } = input;
  if (type === 'assert') return { ...checked(validator, given, 'with'), holds };
  if (type === 'http.request' && later !== undefined)
    return { ...checked(validator, given, 'with'), undo_later: later };
  return checked(validator, input, 'with');
}

function validatorFor(type: string): Validator {
  const validator = validators.get(type) ?? trustedValidatorOf(STEP_TYPES.get(type)?.input ?? {});
  validators.set(type, validator);
  return validator;
}

/** The parameters of a run with defaults. Throws 422 with the rule that each field breaks. */
export function checkParameters(schema: JsonSchema, given: JsonObject, asked: Asked): JsonObject {
  try {
    return checked(validatorOf(schema), withDerived(schema, given, asked), 'parameters');
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    throw brokenRule(fieldName(['parameters', ...error.path]), `has no default here: ${error.message}`);
  }
}

function checked(validator: Validator, given: JsonObject, root: string): JsonObject {
  const { value, problems } = validator.check(given);
  const errors = problems.map(({ path, message }) => ({ field: fieldName([root, ...path]), rule: message }));
  const [first] = errors;
  if (first)
    throw new Problem('unprocessable', `${first.field}: ${first.rule}`, { errors: errors.slice(0, 20) });
  return value;
}
