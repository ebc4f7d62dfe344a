import type { PolicyStatement } from '../../madmin/types.js';
import { parseInstant } from '../documents.js';
import {
  hasVariable,
  type RequestValues,
  strings,
  UnsupportedPolicyError,
  valueOf,
  withVariables,
} from './values.js';
import { matcherOf } from './wildcards.js';

/** Whether one operator on one key is met. */
type Test = (actual: string | undefined, values: RequestValues) => boolean;

/** Makes the test of one operator from the values in the document. */
type Operator = (wanted: readonly string[]) => Test;

const lower = (text: string) => text.toLowerCase();

/** An absent value equals nothing, so a negated operator is met by it. */
const not =
  (operator: Operator): Operator =>
  (wanted) => {
    const test = operator(wanted);
    return (actual, values) => !test(actual, values);
  };

const equal =
  (fold: (text: string) => string): Operator =>
  (wanted) =>
  (actual, values) =>
    actual !== undefined && wanted.some((text) => fold(withVariables(text, values)) === fold(actual));

const like: Operator = (wanted) => {
  const plain = matcherOf(wanted.filter((pattern) => !hasVariable(pattern)));
  const variable = wanted.filter(hasVariable);
  return (actual, values) =>
    actual !== undefined &&
    (plain(actual) || matcherOf(variable.map((pattern) => withVariables(pattern, values)))(actual));
};

/** Dates and numbers: MinIO takes one value only, and an absent or unreadable one meets no operator, negated or not. */
const ordered =
  (read: (text: string) => number, holds: (actual: number, limit: number) => boolean): Operator =>
  (wanted) =>
  (actual) => {
    const limit = read(single(wanted));
    const value = actual === undefined ? Number.NaN : read(actual);
    return !Number.isNaN(value) && !Number.isNaN(limit) && holds(value, limit);
  };

const ORDERS: Record<string, (actual: number, limit: number) => boolean> = {
  Equals: (actual, limit) => actual === limit,
  NotEquals: (actual, limit) => actual !== limit,
  LessThan: (actual, limit) => actual < limit,
  LessThanEquals: (actual, limit) => actual <= limit,
  GreaterThan: (actual, limit) => actual > limit,
  GreaterThanEquals: (actual, limit) => actual >= limit,
};

const integer = (text: string) => (/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN);

/** As `policy/condition` of MinIO's package evaluates them. Not here: IpAddress, BinaryEquals, ForAnyValue and ForAllValues. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['StringLike', like],
  ['StringNotLike', not(like)],
  ['StringEquals', equal(String)],
  ['StringNotEquals', not(equal(String))],
  ['StringEqualsIgnoreCase', equal(lower)],
  ['StringNotEqualsIgnoreCase', not(equal(lower))],
  ...Object.entries(ORDERS).flatMap(([order, holds]) => [
    [`Date${order}`, ordered(parseInstant, holds)] as const,
    [`Numeric${order}`, ordered(integer, holds)] as const,
  ]),
  ['Bool', (wanted) => (actual) => actual === single(wanted)],
  ['Null', (wanted) => (actual) => (actual === undefined) === (single(wanted) === 'true')],
]);

/** The whole Condition of a statement: every operator and every key in it must be met. Unknown operators throw when they are reached. */
export function conditionOf(condition: PolicyStatement['Condition']): (values: RequestValues) => boolean {
  const parts = Object.entries(condition ?? {}).flatMap(([name, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const test = (OPERATORS.get(name) ?? unsupported(name))(strings(wanted));
      return (values: RequestValues) => test(valueOf(key, values), values);
    }),
  );
  return (values) => parts.every((part) => part(values));
}

function unsupported(name: string): Operator {
  return () => () => {
    throw new UnsupportedPolicyError(`condition operator ${name}`);
  };
}

/** MinIO refuses a document with more values than one here; whoever asks about such a document gets no answer either. */
function single(wanted: readonly string[]): string {
  const [value, ...more] = wanted;
  if (value === undefined || more.length > 0)
    throw new UnsupportedPolicyError('a condition of other than one value');
  return value;
}
