import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inSpan, isTracing, type Span, startSpan } from './common/tracing/tracing.js';
import { readTraceParent } from './common/tracing/trace-parent.js';

/** Requested every few seconds. */
const QUIET = /^\/(livez|readyz|metrics)$/;

type Traced = FastifyRequest & { span?: Span | undefined };

/** Makes a span of each request, in the trace that the caller names. Without tracing no hook is added. */
export function traceRequests(fastify: FastifyInstance): void {
  if (!isTracing()) return;
  fastify.decorateRequest('span');
  fastify.addHook('onRequest', (request: Traced, _reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    const fields = { 'http.request.method': method, 'http.route': route };
    const parent = readTraceParent(request.headers['traceparent']);
    if (!QUIET.test(route))
      request.span = startSpan(`${method} ${route}`, { kind: 'server', fields, parent });
    done();
  });
  // not before the body is read: callbacks of body chunks run outside the span
  fastify.addHook('preValidation', (request: Traced, _reply, done) => inSpan(request.span, done));
  fastify.addHook('onResponse', (request: Traced, reply, done) => {
    const { statusCode } = reply;
    const hasFailed = statusCode >= 500;
    request.span?.end(
      { 'http.response.status_code': statusCode, ...(hasFailed ? { 'error.type': String(statusCode) } : {}) },
      hasFailed,
    );
    done();
  });
}
