import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Actor, Caller } from '../common/caller.js';
import type { ProblemCode } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import type { AccessRule } from './access-rule.js';
import { ACCESS_RULE, AccessGuard, type AuthenticatedRequest, TokenGuard } from './guards.js';
import { ReturnInterceptor } from './return.interceptor.js';
import { RateLimitGuard } from './rate-limit.js';

/** Guards an operation and documents the allowed callers and the resulting problems in OpenAPI. */
export function Authenticated(rule: AccessRule = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS_RULE, rule),
    UseGuards(TokenGuard, AccessGuard, RateLimitGuard),
    UseInterceptors(ReturnInterceptor),
    ApiBearerAuth('token'),
    ApiExtension('x-allowed-callers', callersOf(rule)),
    Problems(
      'malformed_request',
      'unauthenticated',
      'forbidden',
      'user_disabled',
      'user_being_removed',
      'auth_unavailable',
      ...problemsOf(rule),
    ),
  );
}

/** Problems that follow from a rule. The name in the path of one's own operations may be malformed or reserved. */
function problemsOf(rule: AccessRule): ProblemCode[] {
  const codes: ProblemCode[] = [];
  if (rule.limit) codes.push('rate_limited');
  if (rule.self) codes.push('unprocessable', 'reserved_name');
  if (rule.person) codes.push('not_a_person');
  if (rule.service) codes.push('insufficient_scope');
  if (rule.service === 'credentials') codes.push('admin_target');
  return codes;
}

function callersOf(rule: AccessRule): string[] {
  if (rule.anyone) return ['person', 'service'];
  if (rule.person) return ['person'];
  if (rule.people) return ['person', 'admin'];
  return [...(rule.self ? ['self'] : []), 'admin', ...(rule.service ? [`service:${rule.service}`] : [])];
}

/** The caller as the actor of this request: name, request id and arrival time. */
export interface RequestContext extends Actor {
  /** `performance.now()` when the request was read, before any check. */
  arrivedAt: number;
  caller: Caller;
}

/** The name of a caller who may see only their own data; undefined for administrators, who see whole plans. */
export function personOf({ caller, name }: RequestContext): string | undefined {
  return caller.admin ? undefined : name;
}

/** Injects the {@link RequestContext} of the request. */
export const CallerParam = createParamDecorator((_: unknown, context: ExecutionContext): RequestContext => {
  const { user, id, arrivedAt } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  return { name: user.name, kind: user.kind, requestId: id, arrivedAt, caller: user };
});
