import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { Problem } from './problems/problem.js';

/** Where Nest keeps the parameters of a handler, and its number for `@Query()` in the keys there. */
const ROUTE_ARGUMENTS = '__routeArguments__';
const QUERY = '4:';

/**
 * A change without query parameters refuses any: a caller who relies on one (`?dry_run=true`) must not find out afterwards that it was
 * ignored. Changes with query parameters are validated by their class.
 */
@Injectable()
export class UnknownQueryInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, query } = context.switchToHttp().getRequest<FastifyRequest>();
    const [given] = Object.keys(query ?? {});
    if (method !== 'GET' && given !== undefined && !takesQuery(context)) {
      const field = /^[\w.-]{1,64}$/.test(given) ? given : '(unnamed)';
      const errors = [{ field, rule: 'is not a known query parameter' }];
      throw new Problem('malformed_request', `${field}: is not a known query parameter`, { errors });
    }
    return next.handle();
  }
}

function takesQuery(context: ExecutionContext): boolean {
  const name = context.getHandler().name;
  const parameters = Reflect.getMetadata(ROUTE_ARGUMENTS, context.getClass(), name) as object | undefined;
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(QUERY));
}
