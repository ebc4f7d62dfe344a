import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  Header,
  UseFilters,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { Authenticated, type RequestContext } from '../auth/authenticated.js';
import type { AuthenticatedRequest } from '../auth/guards.js';
import { Problem } from '../common/problems/problem.js';
import { ScimFilter, SCIM_MEDIA_TYPE } from './errors/scim.filter.js';

/** Marks a route in Fastify as one of SCIM. */
export const SCIM_ROUTE = 'scimRoute';

/** An operation of SCIM: for service tokens with the scope `scim`, with SCIM's form of errors, and not in our OpenAPI document. */
export function Scim(): MethodDecorator {
  return applyDecorators(
    RouteConfig({ [SCIM_ROUTE]: true }),
    UseFilters(ScimFilter),
    Header('content-type', SCIM_MEDIA_TYPE),
    ApiExcludeEndpoint(),
    Authenticated({ service: 'scim', limit: 'writes' }),
  );
}

/**
 * The directory that sends the request, with an administrator's rights over users and groups: the scope gives them, for these operations
 * alone. An administrator's own token is refused, so that nobody acts as the directory by mistake or in a browser.
 */
export const Directory = createParamDecorator((_: unknown, context: ExecutionContext): RequestContext => {
  const { user, id, arrivedAt } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (user.kind !== 'service' || !user.scopes.includes('scim'))
    throw new Problem('insufficient_scope', 'Only a service token with the scope scim may do this');
  return { name: user.name, kind: user.kind, requestId: id, arrivedAt, caller: { ...user, admin: true } };
});
