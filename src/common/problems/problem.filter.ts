import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type FieldError, type FileError, Problem, type ProblemCode, PROBLEMS } from './problem.js';

const BY_STATUS: Record<number, ProblemCode> = {
  400: 'malformed_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'rate_limited',
};

const DETAIL: Partial<Record<ProblemCode, string>> = {
  malformed_request: 'The request could not be read: JSON is expected',
  not_found: 'Nothing exists at this address',
  payload_too_large: 'A body may have at most 65536 bytes',
  unsupported_media_type: 'Send the body as Content-Type: application/json',
  internal: 'The log of the service shows the failure under this request id',
};

/** The detail of a problem whose broken rules are beside it: an answer says each thing once. */
const SEE_ERRORS = 'The rules that the request breaks are in `errors`';

/** Turns every error into a problem answer; an unknown error becomes a 500 that contains only the request id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  /** `translators` translate errors of other folders into problems; the first that recognizes an error decides. */
  constructor(private readonly translators: readonly ((error: unknown) => Problem | undefined)[] = []) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Writes the answer. It is also Fastify's own error handler, for requests that fail before Nest sees them. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.known(error) ?? toProblem(error);
    if (problem.status >= 500) this.log(problem, error, request);
    if (reply.sent) return;
    if (problem.status === 503) reply.header('retry-after', String(problem.extra.retryAfterSeconds ?? 2));
    if (problem.extra.rateLimit) reply.headers(rateLimitHeaders(problem.extra.rateLimit));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    this.write(problem, request, reply);
  }

  /** Writes the status and the body; headers are set. */
  protected write(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    reply
      .status(problem.status)
      .header('content-type', 'application/problem+json')
      .send(bodyOf(problem, request.id));
  }

  private known(error: unknown): Problem | undefined {
    for (const translate of this.translators) {
      const problem = translate(error);
      if (problem) return problem;
    }
    return undefined;
  }

  private log(problem: Problem, error: unknown, request: FastifyRequest): void {
    const cause = problem.extra.cause ?? error;
    const where = { request_id: request.id, code: problem.code };
    if (problem.code === 'internal') this.logger.error({ ...where, err: cause }, 'unexpected failure');
    else
      this.logger.warn(
        { ...where, reason: cause instanceof Error ? cause.message : undefined },
        problem.message,
      );
  }
}

function rateLimitHeaders({ limit, resetSeconds }: { limit: number; resetSeconds: number }) {
  return {
    'retry-after': String(resetSeconds),
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': '0',
    'ratelimit-reset': String(resetSeconds),
  };
}

/** The body of the answer to a problem. */
export function bodyOf(problem: Problem, requestId: string): object {
  return {
    type: `urn:minio-manager:problem:${problem.code}`,
    title: PROBLEMS[problem.code].title,
    status: problem.status,
    detail: detailOf(problem.message, problem.extra.errors),
    code: problem.code,
    request_id: requestId,
    ...(problem.extra.errors ? { errors: problem.extra.errors } : {}),
    ...(problem.extra.results ? { results: problem.extra.results } : {}),
  };
}

function detailOf(message: string, errors: readonly (FieldError | FileError)[] = []): string {
  return errors.some((each) => 'rule' in each && message.includes(each.rule)) ? SEE_ERRORS : message;
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  const code =
    (status !== undefined && BY_STATUS[status]) ||
    (status && status < 500 ? 'malformed_request' : 'internal');
  return new Problem(code, DETAIL[code] ?? PROBLEMS[code].title, { cause: error });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's own errors (body too large, bad JSON, bad media type) carry statusCode
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}
