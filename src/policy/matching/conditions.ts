import type { PolicyStatement } from '../../madmin/types.js';
import { parseInstant } from '../documents.js';
import { every, type Facts, not, some, type Truth } from './truth.js';
import { hasVariable, isAlwaysPresent, strings, valuesOf, withVariables } from './values.js';
import { matcherOf, matchWildcard } from './wildcards.js';

/** Whether a request's values of one key satisfy one operator: an absent key has no values. */
type Test = (actual: readonly string[], facts: Facts) => Truth;

/** Makes the test of one operator from the values in the document. */
type Operator = (wanted: readonly string[]) => Test;

/** The same for one value of a request. */
type OfOne = (wanted: readonly string[]) => (actual: string, facts: Facts) => Truth;

const lower = (text: string) => text.toLowerCase();

/** One value of the request is enough, so an absent key satisfies nothing. Operators without a qualifier work the same way. */
const any =
  (one: OfOne): Operator =>
  (wanted) => {
    const test = one(wanted);
    return (actual, facts) => some(actual, (value) => test(value, facts));
  };

/** `ForAllValues:`: every value of the request, the empty one included. An absent key has none that fails. */
const all =
  (one: OfOne): Operator =>
  (wanted) => {
    const test = one(wanted);
    return (actual, facts) => every(actual, (value) => test(value, facts));
  };

/** Negates the answer about all values, not the one about each. */
const negated =
  (operator: Operator): Operator =>
  (wanted) => {
    const test = operator(wanted);
    return (actual, facts) => not(test(actual, facts));
  };

const equal =
  (fold: (text: string) => string): OfOne =>
  (wanted) =>
  (actual, facts) =>
    some(wanted, (pattern) => {
      const { text, sure } = withVariables(pattern, facts);
      if (sure) return fold(text) === fold(actual);
      return matchWildcard(fold(text), fold(actual)) && 'unknown';
    });

const like: OfOne = (wanted) => {
  const plain = matcherOf(wanted.filter((pattern) => !hasVariable(pattern)));
  const variable = wanted.filter(hasVariable);
  return (actual, facts) => {
    if (plain(actual)) return true;
    return some(variable, (pattern) => {
      const { text, sure } = withVariables(pattern, facts);
      return matchWildcard(text, actual) && (sure || 'unknown');
    });
  };
};

/** Dates and numbers: MinIO accepts one value only, and an absent or unreadable one satisfies no operator, negated or not. */
const ordered =
  (read: (text: string) => number, holds: (actual: number, limit: number) => boolean): Operator =>
  (wanted) =>
  ([actual], facts) => {
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

/** MinIO refuses a document with zero or several values here. */
const MANY = 'a condition of other than one value';

const STRINGS: readonly (readonly [string, OfOne])[] = [
  ['StringLike', like],
  ['StringEquals', equal(String)],
  ['StringEqualsIgnoreCase', equal(lower)],
];

/** As `policy/condition` of MinIO's package evaluates them. Not implemented: IpAddress, BinaryEquals, NumericGreaterThanIfExists. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...STRINGS.flatMap(([name, one]) => {
    const negative = name.replace('String', 'StringNot');
    const qualified = { '': any(one), 'ForAnyValue:': any(one), 'ForAllValues:': all(one) };
    return Object.entries(qualified).flatMap(([qualifier, operator]) => [
      [qualifier + name, operator] as const,
      [qualifier + negative, negated(operator)] as const,
    ]);
  }),
  ...Object.entries(ORDERS).flatMap(([order, holds]) => [
    [`Date${order}`, ordered(parseInstant, holds)] as const,
    [`Numeric${order}`, ordered(integer, holds)] as const,
  ]),
  [
    'Bool',
    (wanted) =>
      ([actual], facts) => {
        const value = single(wanted);
        return value === undefined ? facts.unknown(MANY) : actual === value;
      },
  ],
  [
    'Null',
    (wanted) => (actual, facts) => {
      const value = single(wanted);
      return value === undefined ? facts.unknown(MANY) : (actual.length === 0) === TRUE.test(value);
    },
  ],
]);

/** The whole Condition of a statement: every operator and every key in it must be satisfied. */
export function conditionOf(condition: PolicyStatement['Condition']): (facts: Facts) => Truth {
  const parts = Object.entries(condition ?? {}).flatMap(([name, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const test = OPERATORS.get(name)?.(strings(wanted));
      return (facts: Facts): Truth => {
        if (!test) return facts.unknown(`condition operator ${name}`);
        if (facts.open && name === 'Null' && isAlwaysPresent(key)) return test([''], facts);
        const actual = valuesOf(key, facts);
        return actual ? test(actual, facts) : 'unknown';
      };
    }),
  );
  return (facts) => every(parts, (part) => part(facts));
}

function single(wanted: readonly string[]): string | undefined {
  return wanted.length === 1 ? wanted[0] : undefined;
}
