import { applyDecorators, type Type, ValidationPipe, type ValidationError } from '@nestjs/common';
import { type ApiPropertyOptions, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsString, Matches, validate, ValidateIf } from 'class-validator';
import { type FieldError, Problem } from '../problems/problem.js';

/** Constraints on the JSON type or shape: breaking them is a 400. All others are rules: a 422. */
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
 * The field may be left out, and OpenAPI says so. Unlike with `IsOptional`, null does not count as left out: it has the wrong type.
 * `options`: limits that OpenAPI cannot read from the other decorators, because a constant stands in them.
 */
export function Optional(options?: ApiPropertyOptions): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ApiPropertyOptional(options),
  );
}

/** A list of up to so many strings, which may be left out. */
export function StringList(maxItems: number): PropertyDecorator {
  return applyDecorators(IsString({ each: true }), ArrayMaxSize(maxItems), IsArray(), Optional({ maxItems }));
}

/** Text that people write contains no NUL: PostgreSQL cannot store one. For OpenAPI; {@link NoNul} checks it. */
export const TEXT = '^[^\\u0000]*$';

/** The text contains no NUL. */
export function NoNul(): PropertyDecorator {
  return Matches(/^[^\0]*$/, { message: '$property must not hold a NUL character' });
}

/** The pipe for every body and query: unknown fields and wrong types are 400, broken rules 422, each with field and rule. */
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

/** Validates an object whose class is known only at run time, as the pipe would; `field` is its place in the request. */
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
  // a property name is the caller's own text: long or odd ones are replaced so that an answer never returns a payload
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
