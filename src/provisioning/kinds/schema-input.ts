import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { type FieldError, Problem } from '../../common/problems/problem.js';
import type { JsonSchema } from '../../documents/model.js';

const ajv = new Ajv2020({ allErrors: true, strict: true, useDefaults: true });
const compiled = new WeakMap<object, ValidateFunction>();
/** As for classes: a wrong shape is malformed, everything else breaks a rule. */
const SHAPE = new Set(['type', 'required', 'additionalProperties']);

/** A copy of the input with the defaults of the schema: 400 for a wrong shape, 422 for a broken rule. */
export function readBySchema(schema: JsonSchema, input: object, field: string): object {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  const value = structuredClone(input);
  if (validate(value)) return value;
  const broken = validate.errors ?? [];
  const malformed = broken.filter(({ keyword }) => SHAPE.has(keyword));
  const shown = malformed.length > 0 ? malformed : broken;
  const errors = shown.slice(0, 20).map((error) => fieldError(error, field));
  const detail = errors.map((error) => `${error.field}: ${error.rule}`).join('; ');
  throw new Problem(malformed.length > 0 ? 'malformed_request' : 'unprocessable', detail, { errors });
}

function fieldError({ instancePath, keyword, message, params }: ErrorObject, prefix: string): FieldError {
  const inner =
    keyword === 'required'
      ? (params['missingProperty'] as string)
      : keyword === 'additionalProperties'
        ? (params['additionalProperty'] as string)
        : undefined;
  // a property name is the caller's own text: long or odd ones are replaced so that an answer never returns a payload
  const path = [...instancePath.split('/').slice(1), ...(inner === undefined ? [] : [inner])];
  const names = path.map((name) => (/^[\w.-]{1,64}$/.test(name) ? name : '(unnamed)'));
  const rule =
    keyword === 'required'
      ? 'must be set'
      : keyword === 'additionalProperties'
        ? 'is not a known field'
        : ruleOf(keyword, params, message);
  return { field: [prefix, ...names].join('.'), rule };
}

function ruleOf(keyword: string, params: Record<string, unknown>, message: string | undefined): string {
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  return message ?? 'is not valid';
}
