import { Problem } from '../../common/problems/problem.js';
import { ExpandError } from '../../documents/expand/expand.js';
import { nextAfterFailure, runs, scopeOf } from '../../documents/expand/scope.js';
import type { Facts, Snapshot } from '../../documents/expand/snapshot.js';
import { ExpressionError } from '../../documents/expressions/expression-error.js';
import { fill, FillError } from '../../documents/references/fill.js';
import { type FilledObject, isUnknown } from '../../documents/references/unknown.js';

/** What a step takes, or why it is left out. `unsure`: only later it shows whether it is. */
export type Resolved = { input: FilledObject; unsure?: true } | { skip: 'condition' | 'failure' };

/**
 * Fills in the references of a step. `failed` has the positions of steps that failed for good. Throws a 422 problem if a reference has no
 * value, or a condition no result.
 */
export function resolveStep(
  snapshot: Snapshot,
  position: number,
  facts: Facts,
  failed: readonly number[],
): Resolved {
  const step = snapshot.steps[position];
  if (!step) throw new RangeError(`There is no step ${position}`);
  if (failed.some((each) => (nextAfterFailure(snapshot, each) ?? 0) > position)) return { skip: 'failure' };
  try {
    const isRun = runs(snapshot, step, facts);
    if (isRun === false) return { skip: 'condition' };
    const input = fill(step.with, scopeOf(snapshot, step, facts));
    return isUnknown(isRun) ? { input, unsure: true } : { input };
  } catch (error) {
    if (error instanceof FillError || error instanceof ExpressionError || error instanceof ExpandError)
      throw new Problem('unprocessable', error.message);
    throw error;
  }
}
