import { applyDecorators, type Type, ValidationPipe, type ValidationError } from '@nestjs/common';
import { type ApiPropertyOptions, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { Matches, validate, ValidateIf } from 'class-validator';
import { type FieldError, Problem } from './problems/problem.js';

/** Constraints that speak of the JSON type or shape: a 400, everything else is a rule: a 422. */
const SHAPE = new Set([
  'isString',
  'isInt',
  'isNumber',
  'isBoolean',
  'isArray',
  'isObject',
  'isDefined',
  'isNotEmptyObject',
  'whitelistValidation',
  'nestedValidation',
  'unknownValue',
]);

/**
 * The field may be left out, and OpenAPI says so. Unlike with `IsOptional`, null is not left out: it is of the wrong type. `options`: limits that
 * OpenAPI cannot read from the other decorators, because a constant stands in them.
 */
export function Optional(options?: ApiPropertyOptions): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ApiPropertyOptional(options),
  );
}

/** Text that people write has no NUL in it: PostgreSQL cannot hold one. For OpenAPI; {@link NoNul} checks it. */
export const TEXT = '^[^\\u0000]*$';

/** The text has no NUL in it. */
export function NoNul(): PropertyDecorator {
  return Matches(/^[^\0]*$/, { message: '$property must not hold a NUL character' });
}

/** The pipe every body and query passes: unknown fields and wrong types are 400, broken rules 422, each with field and rule. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    ...RULES,
    exceptionFactory: (errors) => validationProblem(errors, ''),
  });
}

const RULES = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: false,
  validationError: { target: false, value: false },
};

/** Checks an object whose class is known only at run time, as the pipe would; `field` is where it stands in the request. */
export async function validateInput<T extends object>(
  type: Type<T>,
  input: object,
  field: string,
): Promise<T> {
  const instance = plainToInstance(type, input);
  const errors = await validate(instance, RULES);
  if (errors.length > 0) throw validationProblem(errors, field);
  return instance;
}

function validationProblem(errors: ValidationError[], prefix: string): Problem {
  const found = errors.flatMap((error) => flatten(error, prefix));
  const malformed = found.filter((each) => SHAPE.has(each.constraint));
  const shown = malformed.length > 0 ? malformed : found;
  const fields: FieldError[] = shown.slice(0, 20).map(({ field, rule }) => ({ field, rule }));
  const detail = fields.map(({ field, rule }) => `${field}: ${rule}`).join('; ');
  return new Problem(malformed.length > 0 ? 'malformed_request' : 'unprocessable', detail, {
    errors: fields,
  });
}

function flatten(
  error: ValidationError,
  prefix: string,
): { field: string; rule: string; constraint: string }[] {
  // a property name is the caller's own text: long or odd ones are cut so that an answer never carries a payload back
  const name = /^[\w.-]{1,64}$/.test(error.property) ? error.property : '(unnamed)';
  const field = prefix === '' ? name : `${prefix}.${name}`;
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
    field,
    constraint,
    rule:
      constraint === 'whitelistValidation'
        ? 'is not a known field'
        : message.replace(`${error.property} `, ''),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}
