import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { Operation, ProvisionResult } from '../../provisioning/kinds/kind.js';

const OWN = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** The comment of what a provision has created: a repetition after a crash recognizes it. */
export function markOf(provisionId: string): string {
  return `Made by minio-manager, provision ${provisionId}`;
}

/** Refuses the names of what every server has. */
export function refuseOwn(field: string, ...names: readonly (string | undefined)[]): void {
  const own = names.find((name) => name !== undefined && OWN.has(name));
  if (own !== undefined) throw brokenRule(field, `must not be ${own}, which every server has`);
}

/** What an undo did with one part; `stays`: why it is still there. */
export function removal(done: Operation, stays: string | undefined): Operation {
  const { entitlement } = done;
  if (stays === undefined) return { entitlement, action: 'remove', status: 'done' };
  return { entitlement, action: 'remove', status: 'skipped', message: stays };
}

/** Whether a step wants a thing to be there. */
export type State = 'present' | 'absent';

/** Refuses a wish about something that is to be removed. */
export function refuseWishes(state: State, hasWishes: boolean): void {
  if (state === 'absent' && hasWishes)
    throw brokenRule('state', 'must be present with anything but target and name');
}

/**
 * The result of a step that removes a thing; `there`: whether it was there, and `stays`: why it could not be removed. Throws `not_possible` if
 * it stays.
 */
export function removalResult(
  entitlement: { type: string; id: string; target: string },
  there: boolean,
  stays: string | undefined,
): ProvisionResult {
  if (stays !== undefined)
    throw new Problem('not_possible', `The ${entitlement.type} ${entitlement.id} stays: ${stays}`);
  const status = there ? 'done' : 'skipped';
  return { operations: [{ entitlement, action: 'remove', status }] };
}
