import type { FastifyInstance } from 'fastify';
import { Problem } from './common/problems/problem.js';

/**
 * A path that is there, asked by a method that it does not have, is a 405 that says which it has (RFC 9110, section 15.5.6); without this
 * it would be a 404. To be called before any route is made; what it gives is to be called when all of them are.
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
    // before a body is read: whether it can be plays no part
    onRequest: (_request, reply, done) => {
      reply.header('allow', allow);
      done(new Problem('method_not_allowed', `Allowed here: ${allow}`));
    },
    handler: () => undefined,
  });
}
