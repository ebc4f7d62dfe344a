import type { Caller } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import type { AccessRule } from '../access-rule.js';
import type { BrowserSession } from './browser-sessions.js';

/** What asks for a recent login is given for so long after it, in milliseconds. */
export const FRESH_MS = 15 * 60_000;

/**
 * Whether a session must have been logged in recently for an operation: if it answers secrets, or if the caller changes something as an
 * administrator. It follows from the rule of each operation, so that none can forget it.
 */
export function needsRecentLogin(
  rule: AccessRule,
  method: string,
  caller: Caller,
  params: Record<string, string | undefined>,
): boolean {
  if (rule.limit === 'credentials' && !rule.withoutSecret) return true;
  if (!caller.admin || method === 'GET' || method === 'HEAD') return false;
  // what everybody may do for themselves, an administrator does as everybody
  if (rule.anyone || rule.person) return false;
  return rule.self === undefined || params[rule.self] !== caller.name;
}

/** 403 if the last login of the session is too long ago. */
export function refuseOldLogin({ loggedInAt }: BrowserSession): void {
  if (Date.now() - loggedInAt > FRESH_MS)
    throw new Problem('login_required_again', 'Log in again: this needs a login within the last 15 minutes');
}
