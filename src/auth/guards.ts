import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import type { Actor, Caller } from '../common/caller.js';
import { joinLine } from '../common/turns/line.js';
import { type AccessRule, authorise, credentialsOf, needsStatus } from './access-rule.js';
import { AdminTargets } from './people/admin-targets.js';
import { People } from './people/people.js';
import { BrowserSessions } from './sessions/browser-sessions.js';
import { needsRecentLogin, refuseOldLogin } from './sessions/step-up.js';

/** Metadata key under which `@Authenticated` stores its rule. */
export const ACCESS_RULE = 'minio-manager:access-rule';

/** A request after the token guard. */
export type AuthenticatedRequest = FastifyRequest & {
  user: Caller;
  params: Record<string, string | undefined>;
  arrivedAt: number;
};

/** The line of the caller. A service that acts for users has one line for each user, so that no user waits for another. */
function lineOf(
  rule: AccessRule,
  { kind, name }: Caller,
  params: Record<string, string | undefined>,
): string {
  const caller = `${kind} ${name}`;
  return kind === 'service' && rule.self !== undefined ? `${caller} ${params[rule.self] ?? ''}` : caller;
}

/** Identifies the caller; 401 or 503 otherwise. */
@Injectable()
export class TokenGuard extends AuthGuard('token') {}

/**
 * Refuses users who are disabled or being removed, whatever their roles. Makes the row of a person whose first call this is. Then checks the
 * operation's rule against the caller, and whether a session of a browser was logged in recently enough.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly admins: AdminTargets,
    private readonly people: People,
    private readonly sessions: BrowserSessions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule>(ACCESS_RULE, context.getHandler());
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { user, params, id, method } = request;
    joinLine(lineOf(rule, user, params));
    if (needsStatus(rule, user, params) || this.people.isNew(user))
      await this.people.meet(user, actorOf(user, id));
    await authorise(rule, user, params, (name) => this.admins.refuse(name));
    const session = this.sessions.of(request);
    if (session && needsRecentLogin(rule, method, user, params)) refuseOldLogin(session);
    this.people.admitted(user, credentialsOf(rule, params));
    return true;
  }
}

/** The caller of a request, as audit events name it. */
export function actorOf({ name, kind }: Caller, requestId: string): Actor {
  return { name, kind, requestId };
}
