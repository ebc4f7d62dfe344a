import type { PolicyStatement } from '../../madmin/types.js';
import { parseInstant } from '../documents.js';
import { every, type Facts, not, some, type Truth } from './truth.js';
import { hasVariable, isAlwaysPresent, strings, valueOf, withVariables } from './values.js';
import { matcherOf, matchWildcard } from './wildcards.js';

/** Whether one operator on one key is met. */
type Test = (actual: string | undefined, facts: Facts) => Truth;

/** Makes the test of one operator from the values in the document. */
type Operator = (wanted: readonly string[]) => Test;

const lower = (text: string) => text.toLowerCase();

/** An absent value equals nothing, so a negated operator is met by it. */
const negated =
  (operator: Operator): Operator =>
  (wanted) => {
    const test = operator(wanted);
    return (actual, facts) => not(test(actual, facts));
  };

/** `ForAllValues:`: an absent value has none that is not met. No key that can be asked about here has several values. */
const forAll =
  (operator: Operator): Operator =>
  (wanted) => {
    const test = operator(wanted);
    return (actual, facts) => actual === undefined || test(actual, facts);
  };

const equal =
  (fold: (text: string) => string): Operator =>
  (wanted) =>
  (actual, facts) =>
    actual !== undefined &&
    some(wanted, (pattern) => {
      const { text, sure } = withVariables(pattern, facts);
      if (sure) return fold(text) === fold(actual);
      return matchWildcard(fold(text), fold(actual)) && 'unknown';
    });

const like: Operator = (wanted) => {
  const plain = matcherOf(wanted.filter((pattern) => !hasVariable(pattern)));
  const variable = wanted.filter(hasVariable);
  return (actual, facts) => {
    if (actual === undefined) return false;
    if (plain(actual)) return true;
    return some(variable, (pattern) => {
      const { text, sure } = withVariables(pattern, facts);
      return matchWildcard(text, actual) && (sure || 'unknown');
    });
  };
};

/** Dates and numbers: MinIO takes one value only, and an absent or unreadable one meets no operator, negated or not. */
const ordered =
  (read: (text: string) => number, holds: (actual: number, limit: number) => boolean): Operator =>
  (wanted) =>
  (actual, facts) => {
    const text = single(wanted);
    if (text === undefined) return facts.unknown(MANY);
    const limit = read(text);
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

/** What MinIO reads as `true`, as Go does. */
const TRUE = /^(?:1|t|T|TRUE|true|True)$/;

/** MinIO refuses a document with more values than one here. */
const MANY = 'a condition of other than one value';

const STRINGS: readonly (readonly [string, Operator])[] = [
  ['StringLike', like],
  ['StringEquals', equal(String)],
  ['StringEqualsIgnoreCase', equal(lower)],
];

const SET_OPERATOR = /^For(?:All|Any)Values?:/;

/** As `policy/condition` of MinIO's package evaluates them. Not here: IpAddress, BinaryEquals, NumericGreaterThanIfExists. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...STRINGS.flatMap(([name, operator]) => {
    const negative = name.replace('String', 'StringNot');
    return [
      [name, operator] as const,
      [negative, negated(operator)] as const,
      [`ForAnyValue:${name}`, operator] as const,
      [`ForAnyValue:${negative}`, negated(operator)] as const,
      [`ForAllValues:${name}`, forAll(operator)] as const,
      [`ForAllValues:${negative}`, negated(forAll(operator))] as const,
    ];
  }),
  ...Object.entries(ORDERS).flatMap(([order, holds]) => [
    [`Date${order}`, ordered(parseInstant, holds)] as const,
    [`Numeric${order}`, ordered(integer, holds)] as const,
  ]),
  [
    'Bool',
    (wanted) => (actual, facts) => {
      const value = single(wanted);
      return value === undefined ? facts.unknown(MANY) : actual === value;
    },
  ],
  [
    'Null',
    (wanted) => (actual, facts) => {
      const value = single(wanted);
      return value === undefined ? facts.unknown(MANY) : (actual === undefined) === TRUE.test(value);
    },
  ],
]);

/**
 * The whole Condition of a statement: every operator and every key in it must be met. Set operators are never written here: strictly, they
 * are unknown as any other operator that is not known here.
 */
export function conditionOf(condition: PolicyStatement['Condition']): (facts: Facts) => Truth {
  const parts = Object.entries(condition ?? {}).flatMap(([name, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const test = OPERATORS.get(name)?.(strings(wanted));
      return (facts: Facts): Truth => {
        if (!test || (!facts.open && SET_OPERATOR.test(name)))
          return facts.unknown(`condition operator ${name}`);
        if (facts.open && name === 'Null' && isAlwaysPresent(key)) return test('', facts);
        const { known, value } = valueOf(key, facts);
        return known ? test(value, facts) : 'unknown';
      };
    }),
  );
  return (facts) => every(parts, (part) => part(facts));
}

function single(wanted: readonly string[]): string | undefined {
  return wanted.length === 1 ? wanted[0] : undefined;
}
