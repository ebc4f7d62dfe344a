import type { Environment } from '@marcbachmann/cel-js';
import { ExpressionError } from './expression-error.js';
import { isNode } from './nodes.js';
import { Sizes } from './sizes.js';

const MAX_STEPS = 50_000;
/** Nodes whose evaluation may walk over all that their operands have. */
const WALKING = new Set(['+', '==', '!=', '<', '<=', '>', '>=', 'in', 'call', 'rcall', 'list', 'map']);
/** Nodes of a list that grows: it is counted as its items come. */
const GROWING = new Set(['accuPush', 'accuValue', 'accuInc']);

/** Counts the steps of evaluations, and stops one that takes too many. */
export interface Meter {
  run<T>(evaluate: () => T): T;
}

interface Evaluator {
  run(node: unknown, context: unknown): unknown;
}

/**
 * A meter of an environment. Each node that is evaluated is a step, and so is each value that an operation may walk
 * over; a value that grows too large ends the evaluation. Without this a few nested `map` double a list until the memory
 * ends. `||`, `exists` and such swallow errors, so once the steps are used up every further one fails too.
 */
export function meter(environment: Environment): Meter {
  let left = 0;
  let sizes = new Sizes();
  let walks = false;
  const spend = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new ExpressionError('The expression takes too many steps');
  };
  const sizeOf = (value: unknown): number => {
    const size = sizes.of(value);
    if (size !== undefined) return size;
    left = -1;
    throw new ExpressionError('The expression makes a value that is too large');
  };
  const evaluator = evaluatorOf(environment);
  const run = evaluator.run.bind(evaluator);
  evaluator.run = (node, context) => {
    spend(1);
    const operation = isNode(node) ? String(node.op) : '';
    const isOperand = walks;
    // the result of a condition is one of its operands
    if (operation !== '?:') walks = WALKING.has(operation);
    try {
      const value = run(node, context);
      const size = sizeOf(value);
      if (isOperand && operation !== '?:' && !GROWING.has(operation)) spend(size);
      return value;
    } finally {
      walks = isOperand;
    }
  };
  return {
    run(evaluate) {
      left = MAX_STEPS;
      sizes = new Sizes();
      // the root is evaluated without `run`
      walks = true;
      try {
        const result = evaluate();
        sizeOf(result);
        return result;
      } finally {
        // also if another error has taken the place of this one
        spend(0);
      }
    },
  };
}

/** The library hands its evaluator to macros. */
function evaluatorOf(environment: Environment): Evaluator {
  let found: Evaluator | undefined;
  environment.registerFunction('evaluatorOf(ast): bool', (({ args }: { args: unknown[] }) => ({
    args,
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('bool'),
    evaluate: (evaluator: Evaluator) => {
      found = evaluator;
      return true;
    },
    async: false,
  })) as never);
  environment.evaluate('evaluatorOf(true)');
  if (!found) throw new Error('The library of CEL does not show its evaluator any more');
  return found;
}
