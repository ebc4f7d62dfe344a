import { applyDecorators, UseFilters } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import type { AccessRule } from '../auth/access-rule.js';
import { Authenticated } from '../auth/authenticated.js';
import { EnvelopeFilter } from './errors/envelope.filter.js';

/** Marks a route in Fastify as one of KBase's API. */
export const KBASE_ROUTE = 'kbaseRoute';

/** An operation of KBase's API: errors in its form, and not in our OpenAPI document. Without a rule anybody may call it. */
export function Kbase(rule?: AccessRule): MethodDecorator {
  return applyDecorators(
    RouteConfig({ [KBASE_ROUTE]: true }),
    UseFilters(EnvelopeFilter),
    ApiExcludeEndpoint(),
    ...(rule ? [Authenticated(rule)] : []),
  );
}
