import { Problem } from '../../common/problems/problem.js';
import { ExpandError } from '../../documents/expand/expand-error.js';
import { nextAfterFailure, runs, scopeOf } from '../../documents/expand/scope.js';
import type { Facts, Snapshot, SnapshotStep } from '../../documents/expand/snapshot.js';
import { ExpressionError } from '../../documents/expressions/expression-error.js';
import { isObject } from '../../documents/reader.js';
import { fill, FillError, type Scope } from '../../documents/references/fill.js';
import { fillUndo } from '../../documents/references/own-answer.js';
import { type Filled, type FilledObject, isUnknown, UNKNOWN } from '../../documents/references/unknown.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import type { Path } from '../../documents/yaml/yaml-source.js';
import { holds } from '../../documents/workflows/conditions.js';

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
    const input = filled(snapshot, step, facts);
    return isUnknown(isRun) ? { input, unsure: true } : { input };
  } catch (error) {
    if (error instanceof FillError || error instanceof ExpressionError || error instanceof ExpandError)
      throw new Problem('unprocessable', error.message);
    throw error;
  }
}

/** What a step will give, as far as its input tells. */
export function expectedOf(type: string, input: FilledObject): FilledObject {
  const names = Object.keys(STEP_TYPES.get(type)?.outputs ?? {});
  // the body of an answer has only its name in common with that of the request
  const isEchoed = type !== 'http.request';
  return Object.fromEntries(names.map((name) => [name, (isEchoed ? input[name] : undefined) ?? UNKNOWN]));
}

/** Whether a field of `http.request` is an address. */
const isAddress = (path: Path): boolean => path.join('.') === 'path';

/**
 * No value can become a part of an address, or of a condition: that is evaluated and never filled in, and the input says in `holds` what came
 * out.
 */
function filled(snapshot: Snapshot, step: SnapshotStep, facts: Facts): FilledObject {
  const scope = scopeOf(snapshot, step, facts);
  if (step.type === 'http.request') return filledRequest(step, scope);
  if (step.type !== 'assert') return fill(step.with, scope);
  const { that = '', ...others } = step.with;
  const { parameters = {} } = snapshot.frames[step.frame] ?? {};
  return { ...fill(others, scope), that, holds: holds(that as string, parameters, scope) };
}

/** The undo may name outputs of the step itself, which are there when it is sent. */
function filledRequest({ name, frame, with: { undo, ...input } }: SnapshotStep, scope: Scope): FilledObject {
  const filled = fill(input, scope, isAddress);
  if (undo === undefined) return filled;
  // a reference in place of the whole undo
  if (!isObject(undo)) return { ...filled, ...fill({ undo }, scope) };
  const own = frame === '' ? name : name.slice(frame.length + 1);
  const { undo: known, later } = fillUndo(undo, scope, own);
  return { ...filled, undo: known, ...(later.length > 0 ? { undo_later: later as unknown as Filled } : {}) };
}
