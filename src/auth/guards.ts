import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../common/caller.js';
import { joinLine } from '../common/turns/line.js';
import { type AccessRule, authorise, needsStatus } from './access-rule.js';
import { AdminTargets } from './people/admin-targets.js';
import { Logins } from './people/logins.js';
import { refuseUnlessActive } from './people/user-status.js';
import { Arrivals } from './people/arrivals.js';
import { UserStatusStore } from './people/user-status.store.js';

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
 * operation's rule against the caller.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly statuses: UserStatusStore,
    private readonly admins: AdminTargets,
    private readonly arrivals: Arrivals,
    private readonly logins: Logins,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule>(ACCESS_RULE, context.getHandler());
    const { user, params, id } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    joinLine(lineOf(rule, user, params));
    if (needsStatus(rule, user, params) || this.logins.isNew(user)) await this.meet(user, id);
    await authorise(rule, user, params, (name) => this.admins.refuse(name));
    return true;
  }

  /** Refuses a person who is disabled or being removed; one who has no row yet gets it. Memberships follow a login that is new here. */
  private async meet(caller: Caller, requestId: string): Promise<void> {
    const actor = { name: caller.name, kind: caller.kind, requestId };
    const status = await this.statuses.of(caller.name);
    if (status) refuseUnlessActive({ status });
    else await this.arrivals.arrive(caller, actor);
    await this.logins.follow(caller, actor);
  }
}
