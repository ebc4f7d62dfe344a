import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { Problem } from '../problems/problem.js';
import { takes } from './route-parameters.js';

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
  return takes(RouteParamtypes.QUERY, context.getClass(), context.getHandler().name);
}
