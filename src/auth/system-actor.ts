import type { Scope } from '../common/caller.js';
import type { RequestContext } from './authenticated.js';

const NO_SCOPES: readonly Scope[] = [];

/** An actor without a token: the service itself, or a portal whose delivery it carries out. May do everything; audited by name. */
export function systemActor(
  name: string,
  request: { requestId?: string; arrivedAt?: number } = {},
): RequestContext {
  const caller = { name, kind: 'service', admin: true, scopes: NO_SCOPES, tokenHash: '' } as const;
  return { name, kind: 'system', arrivedAt: performance.now(), ...request, caller };
}

/** The actor with administrator rights, for an action that was authorized earlier. */
export function authorised<T extends RequestContext>(context: T): T {
  return { ...context, caller: { ...context.caller, admin: true } };
}
