import type { FastifyInstance } from 'fastify';
import { ScimFilter } from './errors/scim.filter.js';
import { SCIM_ROUTE } from './scim-route.js';

/**
 * Call it before any route is registered: what Fastify itself refuses at a route of SCIM, such as an unreadable body, has SCIM's form of an
 * error, too.
 */
export function adaptRoutes(fastify: FastifyInstance): void {
  const filter = new ScimFilter();
  fastify.addHook('onRoute', (route) => {
    const isScim = (route.config as Record<string, unknown> | undefined)?.[SCIM_ROUTE] === true;
    if (isScim) route.errorHandler = (error, request, reply) => filter.send(error, request, reply);
  });
}
