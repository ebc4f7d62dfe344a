import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../common/caller.js';
import { joinLine } from '../common/turns/line.js';
import { type AccessRule, authorise, needsStatus } from './access-rule.js';
import { AdminTargets } from './people/admin-targets.js';
import { refuseUnlessActive } from './people/user-status.js';
import { UserStatusStore } from './people/user-status.store.js';

/** Where `@Authenticated` leaves its rule. */
export const ACCESS_RULE = 'minio-manager:access-rule';

/** A request after the token guard. */
export type AuthenticatedRequest = FastifyRequest & {
  user: Caller;
  params: Record<string, string | undefined>;
  arrivedAt: number;
};

/** The caller's; a service that acts for users has one for each of them, so that none of them waits for another one. */
function lineOf(
  rule: AccessRule,
  { kind, name }: Caller,
  params: Record<string, string | undefined>,
): string {
  const caller = `${kind} ${name}`;
  return kind === 'service' && rule.self !== undefined ? `${caller} ${params[rule.self] ?? ''}` : caller;
}

/** Finds out who calls; 401 or 503 otherwise. */
@Injectable()
export class TokenGuard extends AuthGuard('token') {}

/** Refuses who is disabled or being removed, whatever their roles; then checks the rule of the operation against the caller. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly statuses: UserStatusStore,
    private readonly admins: AdminTargets,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule>(ACCESS_RULE, context.getHandler());
    const { user, params } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    joinLine(lineOf(rule, user, params));
    if (needsStatus(rule, user, params)) refuseUnlessActive({ status: await this.statuses.of(user.name) });
    await authorise(rule, user, params, (name) => this.admins.refuse(name));
    return true;
  }
}
