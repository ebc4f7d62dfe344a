import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Params } from 'nestjs-pino';
import pino, { type DestinationStream } from 'pino';
import type { Span } from './tracing/tracing.js';

/** Requested every few seconds, so not logged. */
const QUIET: readonly string[] = ['/livez', '/readyz', '/metrics'];

/**
 * JSON lines by pino. {@link logAnswer} writes the requests. pino's own middleware is on no route: it binds the request with its headers,
 * and so the token, to every line that is written during the request.
 */
export function loggerOptions(level: string): Params {
  return {
    forRoutes: [],
    pinoHttp: [
      {
        level,
        autoLogging: false,
        serializers: {
          err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }),
        },
      },
      bufferedOutput(),
    ],
  };
}

/** Lines below `warn` are written together, after 4 KiB or this many milliseconds. */
const BUFFER = { minLength: 4096, periodicFlush: 200 };
const WARN = 40;

/** Standard output without a system call for each line. Warnings and errors are written at once, everything else at exit at the latest. */
function bufferedOutput(): DestinationStream & { lastLevel: number } {
  const out = pino.destination({ dest: 1, sync: false, ...BUFFER });
  return {
    // makes pino set `lastLevel` before it writes
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line) {
      out.write(line);
      if (this.lastLevel >= WARN) out.flush();
    },
  };
}

const logger = new Logger('Request');

/**
 * One line per request: the caller, the operation and the outcome. It contains the route's pattern instead of the path, which may contain
 * an access key or any other text of the caller.
 */
export function logAnswer(
  request: FastifyRequest & { user?: { name: string }; span?: Span },
  reply: FastifyReply,
): void {
  const route = request.routeOptions.url ?? 'none';
  if (QUIET.includes(route)) return;
  const line = {
    request_id: request.id,
    method: request.method,
    route,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...(request.user ? { caller: request.user.name } : {}),
    ...(request.span ? { trace_id: request.span.traceId } : {}),
  };
  if (reply.statusCode >= 500) logger.warn(line, 'answered');
  else logger.log(line, 'answered');
}
