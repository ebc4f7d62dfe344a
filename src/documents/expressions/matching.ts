import type { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { ExpressionError } from './expression-error.js';
import { childrenOf, isNode } from './nodes.js';

/** What takes the place of the library's `matches`, whose patterns are JavaScript's: those can take for ever. */
const LINEAR = 'matchesRe2';
const MAX_PATTERN = 200;
const MAX_TEXT = 10_000;

export function addPatternMatching(environment: Environment): void {
  environment.registerFunction(`string.${LINEAR}(string): bool`, (text: string, pattern: string) => {
    if (pattern.length > MAX_PATTERN)
      throw new ExpressionError(`A pattern has at most ${MAX_PATTERN} characters`);
    if (text.length > MAX_TEXT)
      throw new ExpressionError(`A text to match has at most ${MAX_TEXT} characters`);
    return compiled(pattern).matcher(text).find();
  });
}

/** Makes every `text.matches(pattern)` of an expression a call of the linear function, as CEL defines it: RE2. */
export function useLinearMatching(node: unknown): void {
  if (isNode(node) && (node.op === 'rcall' || node.op === 'call')) {
    const args = node.args as unknown as [string, unknown, unknown[]];
    if (args[0] === 'matches' && node.op === 'rcall') {
      args[0] = LINEAR;
      const [pattern] = args[2];
      if (isNode(pattern) && pattern.op === 'value' && typeof pattern.args === 'string')
        compiled(pattern.args);
    }
  }
  for (const child of childrenOf(node)) useLinearMatching(child);
}

function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw new ExpressionError(
      'A pattern must be a regular expression of RE2: without look-around and backward references',
    );
  }
}
