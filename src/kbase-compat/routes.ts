import type { FastifyInstance, RouteOptions } from 'fastify';
import { EnvelopeFilter } from './errors/envelope.filter.js';
import { KBASE_ROUTE } from './kbase-route.js';

/**
 * Call it before any route is registered. KBase's clients follow no redirects, and write some paths with a final slash: every route exists
 * in both forms. What Fastify itself refuses there, such as an unreadable body or another method, has KBase's form of an error, too.
 */
export function adaptRoutes(fastify: FastifyInstance): void {
  const envelope = new EnvelopeFilter();
  const urls = new Set<string>();
  fastify.addHook('onRoute', (route) => {
    const isKbase = (route.config as Record<string, unknown> | undefined)?.[KBASE_ROUTE] === true;
    if (isKbase) urls.add(route.url);
    if (!urls.has(route.url)) return;
    route.errorHandler = (error, request, reply) => envelope.send(error, request, reply);
    if (isKbase && needsSlash(route)) fastify.route({ ...route, url: `${route.url}/` });
  });
}

/** Fastify adds the routes for HEAD by itself. */
function needsSlash({ url, method }: RouteOptions): boolean {
  return method !== 'HEAD' && !url.endsWith('/') && !url.includes('*');
}
