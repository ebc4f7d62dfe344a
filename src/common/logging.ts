import type { Params } from 'nestjs-pino';

/** Paths that are asked every few seconds and say nothing. */
const QUIET = /^\/(livez|readyz|metrics)$/;

/**
 * One JSON line a request: method, path without its query, status, time, request id. Headers and bodies are never logged; what could be
 * an access key in a path is cut out.
 */
export function loggerOptions(level: string): Params {
  return {
    pinoHttp: {
      level,
      autoLogging: { ignore: (request) => QUIET.test(pathOf(request.url)) },
      quietReqLogger: true,
      customAttributeKeys: { reqId: 'request_id' },
      genReqId: (request) => (typeof request.id === 'string' ? request.id : ''),
      customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'warn' : 'info'),
      serializers: {
        req: (request: { method: string; url: string }) => ({
          method: request.method,
          path: pathOf(request.url),
        }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
        err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }),
      },
    },
  };
}

function pathOf(url: string | undefined): string {
  return (url ?? '').replace(/\?.*$/s, '').replace(/(\/access-keys\/)[^/]+/, '$1…');
}
