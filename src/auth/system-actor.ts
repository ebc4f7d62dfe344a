import type { Scope } from '../common/caller.js';
import type { RequestContext } from './authenticated.js';

const NO_SCOPES: readonly Scope[] = [];

/** Somebody without a token of its own: the service itself, or what it was told by a portal. May do everything; audited by its name. */
export function systemActor(
  name: string,
  request: { requestId?: string; arrivedAt?: number } = {},
): RequestContext {
  const caller = { name, kind: 'service', admin: true, scopes: NO_SCOPES, tokenHash: '' } as const;
  return { name, kind: 'system', arrivedAt: performance.now(), ...request, caller };
}

/** The actor with an administrator's rights, for what was allowed before. */
export function authorised(context: RequestContext): RequestContext {
  return { ...context, caller: { ...context.caller, admin: true } };
}
