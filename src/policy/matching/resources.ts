import { type Facts, some, type Truth } from './truth.js';
import { hasVariable, withVariables } from './values.js';
import { matcherOf, matchesBelow } from './wildcards.js';
import { resourceOf } from '../paths.js';

/** A request as the policy engine sees it: the resource is `bucket/key`, or `bucket/`. It is compared as it is and after cleaning. */
export interface Question {
  action: string;
  resource: string;
  cleaned: string;
  facts: Facts;
}

type Test = (question: Question) => Truth;

/**
 * A question about the bucket is asked as `bucket/`, so `bucket/*` answers it too. The requested path also matches after cleaning: so
 * `bucket` matches `bucket/`, and a right on the key `x` reaches the key `x/`.
 */
export function resourcesOf(arns: readonly string[]): Test {
  const patterns = arns.map(resourceOf);
  const variable = patterns.filter(hasVariable);
  const fixed = pathMatcher(patterns.filter((pattern) => !hasVariable(pattern)));
  if (variable.length === 0) return fixed;
  return (question) =>
    some([undefined, ...variable], (pattern) => {
      if (pattern === undefined) return fixed(question);
      const { text, sure } = withVariables(pattern, question.facts);
      const truth = pathMatcher([text])(question);
      return sure ? truth : truth && 'unknown';
    });
}

/** A question about a whole folder is matched if a pattern covers all of it; if a pattern covers a part, the answer is unknown. */
function pathMatcher(patterns: readonly string[]): Test {
  const literal = new Set(patterns);
  const matches = matcherOf(patterns);
  return ({ resource, cleaned, facts: { folder } }) => {
    if (matches(resource) || (cleaned !== '.' && literal.has(cleaned))) return true;
    return folder !== undefined && patterns.some((pattern) => matchesBelow(pattern, folder)) && 'unknown';
  };
}
