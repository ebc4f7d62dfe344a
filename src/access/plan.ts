import type { SubjectRow } from '../database/schema.js';
import type { PolicyDocument } from '../madmin/types.js';
import { equals } from '../policy/documents.js';
import { homePolicy } from '../policy/home-policy.js';
import { policyName } from '../policy/names.js';
import { foreignPolicies, type ObservedUser } from './observe.js';

/** One difference between what should hold and what MinIO holds. The set is closed: `apply.ts` has a case for each. */
export type Change =
  | { change: 'disable_user' }
  | { change: 'enable_user' }
  | { change: 'put_policy'; name: string; document: PolicyDocument }
  | { change: 'put_user'; status: 'enabled' | 'disabled' }
  | { change: 'set_policies'; names: string[] }
  | { change: 'create_home' }
  | { change: 'revoke_sessions' }
  | { change: 'delete_access_keys' }
  | { change: 'remove_user' }
  | { change: 'remove_policy'; name: string };

/** Where homes are. */
export interface LakeLocation {
  bucket: string;
  usersPrefix: string;
}

/** The user was disabled in MinIO by somebody else; a login never undoes that. */
export function isDisabledByHand(row: SubjectRow, observed: ObservedUser): boolean {
  return row.status === 'active' && row.applied_status !== 'disabled' && observed.user?.status === 'disabled';
}

/**
 * What must be done in MinIO, in order, so that it holds what the row says. Access is narrowed before it is widened, and a
 * secret is replaced before the sessions end that it could mint. `certain` false: the secret in MinIO is not to be trusted.
 */
export function planFor(
  row: SubjectRow,
  observed: ObservedUser,
  lake: LakeLocation,
  certain: boolean,
): Change[] {
  return row.status === 'active' || row.status === 'disabled'
    ? planPresent(row, observed, lake, certain)
    : planAbsent(row, observed);
}

function planPresent(
  row: SubjectRow,
  observed: ObservedUser,
  lake: LakeLocation,
  certain: boolean,
): Change[] {
  const changes: Change[] = [];
  const { user, document } = observed;
  const disabled = row.status === 'disabled';
  if (disabled && user?.status === 'enabled') changes.push({ change: 'disable_user' });
  const own = policyName('user', row.name, 0);
  const home = homePolicy({ ...lake, userName: row.name });
  if (!document || !equals(document, home)) changes.push({ change: 'put_policy', name: own, document: home });
  if (!user || row.applied_secret_generation < row.secret_generation || !certain) {
    const status = disabled || isDisabledByHand(row, observed) ? 'disabled' : 'enabled';
    changes.push({ change: 'put_user', status });
  } else if (user.status === 'disabled' && !disabled && row.applied_status === 'disabled') {
    changes.push({ change: 'enable_user' });
  }
  // MinIO keeps the sessions of a removed user: they would live again with the name, so they end before it may do anything
  if (row.applied_session_epoch < row.session_epoch || !user) changes.push({ change: 'revoke_sessions' });
  if (row.applied_access_key_epoch < row.access_key_epoch) changes.push({ change: 'delete_access_keys' });
  const names = [own, ...foreignPolicies(observed)];
  if (!user || !sameNames(names, user.policies)) changes.push({ change: 'set_policies', names });
  if (!user || row.applied_generation === 0) changes.push({ change: 'create_home' });
  return changes;
}

function planAbsent(row: SubjectRow, { user, document }: ObservedUser): Change[] {
  const changes: Change[] = [];
  // of a name that is already gone, only what a late write of ours could have left is removed: never somebody's own user
  const ours = row.status === 'removing' || document !== null || user?.policies.length === 0;
  if (user && ours) {
    if (user.status === 'enabled') changes.push({ change: 'disable_user' });
    changes.push(
      { change: 'revoke_sessions' },
      { change: 'delete_access_keys' },
      { change: 'set_policies', names: [] },
    );
    changes.push({ change: 'remove_user' });
  }
  if (document) changes.push({ change: 'remove_policy', name: policyName('user', row.name, 0) });
  return changes;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
