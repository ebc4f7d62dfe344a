import type { Caller } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';

/** Who may call an operation. Everything that is not allowed is refused. */
export interface AccessRule {
  /** Path parameter that must be the caller's own name (an administrator may name anybody). */
  self?: string;
  /** A service token with this scope may call it too, for users who are not known as administrators. */
  service?: 'credentials' | 'provision';
  /** Every holder of a valid token. */
  anyone?: boolean;
  /** Only a person, whoever it is. */
  person?: boolean;
  /** Every person; the operation itself decides what it shows and does for whom. */
  people?: boolean;
  /**
   * The operation itself refuses a user who is disabled or being removed, by the row that it reads anyway: who asks for oneself is not looked
   * up twice.
   */
  ensuresActive?: boolean;
  /** Which rate limit counts the call. */
  limit?: 'credentials' | 'writes';
}

/**
 * Checks the rule; throws the 403 that applies. Whether the named user exists plays no part, so the answer tells nothing.
 * `refuseAdmin` is asked only for service tokens.
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
      throw new Problem('not_a_person', 'A service has no credentials of its own here');
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
        : 'This is for the user itself or an administrator',
    );
  }
}

/** Whether the caller is a person whose status nobody else looks at. */
export function needsStatus(
  rule: AccessRule,
  caller: Caller,
  params: Record<string, string | undefined>,
): boolean {
  if (caller.kind !== 'person') return false;
  const forOneself = rule.self === undefined || params[rule.self] === caller.name;
  return !(rule.ensuresActive && forOneself);
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
