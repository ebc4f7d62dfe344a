import type { Caller } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';

/** Who may call an operation. Anything not allowed is refused. */
export interface AccessRule {
  /** Path parameter that must be the caller's own name. An administrator may name anyone. */
  self?: string;
  /** A service token with this scope may also call it, for users not known to be administrators. */
  service?: 'credentials' | 'provision' | 'workflows' | 'scim';
  /** Any holder of a valid token. */
  anyone?: boolean;
  /** Any person, but no service. */
  person?: boolean;
  /** Any person; the operation itself decides what it shows and does for each. */
  people?: boolean;
  /**
   * The operation itself refuses a disabled user or one being removed, from the row that it reads anyway. The guard then skips the status
   * query for callers acting for themselves.
   */
  ensuresActive?: boolean;
  /** The rate limit that counts the call. */
  limit?: 'credentials' | 'writes';
  /** It counts as a credential call and answers no secret: a session of the page needs no recent login for it. */
  withoutSecret?: boolean;
}

/**
 * Checks the rule and throws the matching 403. The result does not depend on whether the named user exists, so it reveals nothing.
 * `refuseAdmin` is called only for service tokens.
 */
export async function authorise(
  rule: AccessRule,
  caller: Caller,
  params: Record<string, string | undefined>,
  refuseAdmin: (userName: string) => Promise<void>,
): Promise<void> {
  if (rule.anyone) return;
  if (rule.person) {
    if (caller.kind !== 'person')
      throw new Problem('not_a_person', 'Services have no credentials of their own here');
    return;
  }
  if (caller.admin) return;
  if (rule.people && caller.kind === 'person') return;
  if (caller.kind === 'service') return authoriseService(rule, caller, params, refuseAdmin);
  if (rule.self === undefined || params[rule.self] !== caller.name) {
    throw new Problem(
      'forbidden',
      rule.self === undefined
        ? 'Only an administrator may do this'
        : 'Only the user or an administrator may do this',
    );
  }
}

/** Whether the caller is a person whose status the guard must check because the operation does not. */
export function needsStatus(
  rule: AccessRule,
  caller: Caller,
  params: Record<string, string | undefined>,
): boolean {
  if (caller.kind !== 'person') return false;
  const forOneself = rule.self === undefined || params[rule.self] === caller.name;
  return !(rule.ensuresActive && forOneself);
}

/** The user whose credentials the operation gives; undefined if it gives none, or the caller's. */
export function credentialsOf(
  rule: AccessRule,
  params: Record<string, string | undefined>,
): string | undefined {
  return rule.limit === 'credentials' && rule.self !== undefined ? params[rule.self] : undefined;
}

async function authoriseService(
  rule: AccessRule,
  caller: Caller,
  params: Record<string, string | undefined>,
  refuseAdmin: (userName: string) => Promise<void>,
): Promise<void> {
  if (!rule.service) throw new Problem('forbidden', 'Service tokens may not do this');
  if (!caller.scopes.includes(rule.service)) {
    throw new Problem('insufficient_scope', `The service token lacks the scope ${rule.service}`);
  }
  if (rule.self) await refuseAdmin(params[rule.self] ?? '');
}
