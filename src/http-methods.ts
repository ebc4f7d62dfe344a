import type { FastifyInstance } from 'fastify';
import { Problem } from './common/problems/problem.js';

/**
 * Answers 405 with the allowed methods for an existing path with an unsupported method (RFC 9110, section 15.5.6); without this, it would
 * be a 404. Call it before any route is registered, and call the returned function after all of them are.
 */
export function otherMethods(fastify: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    taken.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...taken]) if (!url.includes('*')) refuseOthers(fastify, url, [...methods]);
  };
}

function refuseOthers(fastify: FastifyInstance, url: string, methods: string[]): void {
  const others = fastify.supportedMethods.filter((method) => !methods.includes(method));
  const allow = methods.sort().join(', ');
  fastify.route({
    method: others,
    url,
    // runs before the body is read, so an unreadable body makes no difference
    onRequest: (_request, reply, done) => {
      reply.header('allow', allow);
      done(new Problem('method_not_allowed', `Allowed here: ${allow}`));
    },
    handler: () => undefined,
  });
}
