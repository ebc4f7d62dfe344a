import type { PolicyDocument } from '../../madmin/types.js';

/** One difference between what should hold and what MinIO holds. The set is closed: `apply.ts` has a case for each. */
export type Change =
  | { change: 'disable_user' }
  | { change: 'enable_user' }
  | { change: 'put_policy'; name: string; document: PolicyDocument }
  | { change: 'put_user'; status: 'enabled' | 'disabled' }
  /** Replaces the policies attached to the user, or to the named MinIO group. */
  | { change: 'set_policies'; names: string[]; group?: string }
  | { change: 'create_home' }
  | { change: 'revoke_sessions' }
  | { change: 'delete_access_keys' }
  | { change: 'remove_user' }
  | { change: 'remove_policy'; name: string }
  /** Creates a missing MinIO group, too; `members` may then be empty. */
  | { change: 'add_members'; group: string; members: string[] }
  | { change: 'remove_members'; group: string; members: string[] }
  | { change: 'enable_group'; group: string }
  | { change: 'remove_group'; group: string };

/** Changes that do not depend on one another: adjacent changes of these kinds are sent concurrently. */
const INDEPENDENT: ReadonlySet<Change['change']> = new Set([
  'put_policy',
  'revoke_sessions',
  'remove_policy',
]);

/** The plan as consecutive steps; the changes of a step are sent together. */
export function stepsOf(plan: readonly Change[]): Change[][] {
  const steps: Change[][] = [];
  for (const change of plan) {
    const last = steps.at(-1);
    const joins = last?.every((each) => INDEPENDENT.has(each.change)) && INDEPENDENT.has(change.change);
    if (last && joins) last.push(change);
    else steps.push([change]);
  }
  return steps;
}
