import { randomUUID } from 'node:crypto';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { otherMethods } from './http-methods.js';
import { traceRequests } from './http-spans.js';
import { refuseExpectation, refuseUnread } from './http-refusals.js';
import { httpRequests } from './metrics/registry.js';
import { Problem } from './common/problems/problem.js';
import { ProblemFilter } from './common/problems/problem.filter.js';
import { logAnswer } from './common/logging.js';
import { UnknownQueryInterceptor } from './common/http/unknown-query.interceptor.js';
import { inOpenLine } from './common/turns/line.js';
import { validationPipe } from './common/http/validation.js';
import type { AppConfig } from './config/app-config.js';
import { databaseProblem } from './database/database-problem.js';

/** Larger bodies are a 413. */
const MAX_BODY_BYTES = 64 * 1024;
/** Each connection carries one request at a time, so this bounds concurrent requests. Further connections are dropped. */
const MAX_CONNECTIONS = 4096;
/** Longer than any header block, so that a name that is too long gets its own error, not a 404. */
const MAX_PARAM_CHARACTERS = 16 * 1024;
/** Maximum nesting of objects and lists. */
const MAX_DEPTH = 64;
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** Fastify with the limits of the API. */
export function httpAdapter(trustProxy: boolean | number | string): FastifyAdapter {
  const filter = problemFilter();
  return new FastifyAdapter({
    trustProxy:
      typeof trustProxy === 'number' ? (_address: string, hop: number) => hop < trustProxy : trustProxy,
    bodyLimit: MAX_BODY_BYTES,
    genReqId: (request: { headers: Record<string, unknown> }) => requestId(request.headers['x-request-id']),
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    // requests that the router itself refuses, such as an undecodable path, never reach Nest
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      filter.send(error, request, marked(request, reply)),
    clientErrorHandler: refuseUnread,
    // a hook refuses it with a problem response
    http: { requireHostHeader: false },
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
  });
}

/**
 * Sets up what every request passes: arrival time, request id, metrics, JSON body, validation, problem responses. Call the returned
 * function after all routes are registered: it refuses unsupported methods.
 */
export function configureHttp(app: NestFastifyApplication, role: AppConfig['worker']['role']): () => void {
  const fastify = app.getHttpAdapter().getInstance();
  const refuseOtherMethods = otherMethods(fastify);
  fastify.decorateRequest('arrivedAt', 0);
  fastify.addHook('onRequest', (request, reply, done) => {
    (request as FastifyRequest & { arrivedAt: number }).arrivedAt = performance.now();
    marked(request, reply);
    done(hasHost(request) ? undefined : new Problem('malformed_request', 'The header Host is missing'));
  });
  traceRequests(fastify);
  // not before the body is read: callbacks of body chunks run outside the line
  fastify.addHook('preValidation', (_request, _reply, done) => inOpenLine(done));
  if (role === 'worker') fastify.addHook('onRequest', onlyProbes);
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    httpRequests.observe(
      { method: request.method, route, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    logAnswer(request, reply);
    done();
  });
  fastify.server.on('checkExpectation', refuseExpectation);
  fastify.server.maxConnections = MAX_CONNECTIONS;
  fastify.addHook('onRoute', limitBody);
  acceptJson(app);
  acceptScore(app);
  app.useGlobalFilters(problemFilter());
  app.useGlobalInterceptors(new UnknownQueryInterceptor());
  app.useGlobalPipes(validationPipe());
  return refuseOtherMethods;
}

/** A route whose configuration says `maxBodyBytes` takes larger bodies than others. */
function limitBody(route: RouteOptions): void {
  const { maxBodyBytes } = (route.config ?? {}) as { maxBodyBytes?: number };
  if (maxBodyBytes !== undefined) route.bodyLimit = maxBodyBytes;
}

/** A process that only runs provisions answers monitoring requests and nothing else. */
function onlyProbes(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (/^\/(livez|readyz|metrics)(\?|$)/.test(request.url)) return done();
  void problemFilter().send(new Problem('not_found', 'This process serves no API requests'), request, reply);
}

/** HTTP/1.1 requires it (RFC 9112, section 3.2). */
function hasHost({ headers, raw }: FastifyRequest): boolean {
  return headers.host !== undefined || raw.httpVersion !== '1.1';
}

function marked(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
}

function problemFilter(): ProblemFilter {
  return new ProblemFilter([databaseProblem]);
}

/** JSON, and the media types of brokers that relay CloudEvents and of directories that send SCIM. */
const JSON_TYPES = ['application/json', 'application/cloudevents+json', 'application/scim+json'];

/** JSON only. An empty body is an empty object, because every body is optional. */
function acceptJson(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().removeAllContentTypeParsers();
  app.useBodyParser(JSON_TYPES, { bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    if (body.length === 0) return done(null, {});
    try {
      const parsed: unknown = JSON.parse(body.toString());
      if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('not an object');
      rejectOdd(parsed);
      done(null, parsed);
    } catch (error) {
      done(
        error instanceof Problem ? error : new Problem('malformed_request', 'The body is not a JSON object'),
      );
    }
  });
}

/** YAML, where a route's configuration says `takesScore`: a Score file, which becomes the field `score` of the body. */
function acceptScore(app: NestFastifyApplication): void {
  app.useBodyParser('application/yaml', { bodyLimit: MAX_BODY_BYTES }, (request, body, done) => {
    const config = (request as unknown as FastifyRequest).routeOptions.config as { takesScore?: boolean };
    if (config.takesScore) return done(null, { score: body.toString() });
    done(new Problem('unsupported_media_type', 'Send the body as Content-Type: application/json'));
  });
}

/**
 * A field named like an inherited property (`__proto__`, `toString`) would pass the check for unknown fields; Fastify's parser refuses only
 * `__proto__` and a `constructor` with a `prototype`. Nesting deeper than
 * anything this service reads could overflow the stack of code that walks the value.
 */
function rejectOdd(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH)
    throw new Problem('malformed_request', `The body is nested more than ${MAX_DEPTH} levels deep`);
  for (const [field, inner] of Object.entries(value)) {
    if (field in Object.prototype) {
      const errors = [{ field, rule: 'is not a known field' }];
      throw new Problem('malformed_request', `${field}: is not a known field`, { errors });
    }
    rejectOdd(inner, depth + 1);
  }
}

function requestId(given: unknown): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
