import { digestOf } from '../../common/canonical.js';
import { Problem } from '../../common/problems/problem.js';
import type { RunContext, ShownChange } from '../../provisioning/kinds/kind.js';

/** Names changes without their values, which become known while a plan is applied. */
export function namesOf(changes: readonly ShownChange[]): string[] {
  return changes.map(({ change, target }) => `${change} ${target}`);
}

/**
 * Throws `plan_changed` if something is to be done now that was not planned when the run began the step. `begun` has the names of what an
 * earlier attempt has begun to apply: then only the rest of that is left to do.
 */
export function requirePlanned(
  changes: readonly ShownChange[],
  planned: RunContext['planned'],
  begun?: readonly string[],
): void {
  const known = new Set(begun ?? planned);
  const names = begun ? namesOf(changes) : changes.map(digestOf);
  const other = begun || planned ? names.findIndex((each) => !known.has(each)) : -1;
  if (other < 0) return;
  const [name] = namesOf(changes.slice(other));
  throw new Problem('plan_changed', `The plan is another one by now: ${name}`);
}
