import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { catchError, from, mergeMap, type Observable } from 'rxjs';
import { type AccessRule, credentialsOf } from './access-rule.js';
import { ACCESS_RULE, actorOf, type AuthenticatedRequest } from './guards.js';
import { People } from './people/people.js';
import { UserSuspended } from './people/user-status.js';

/**
 * Operations that give credentials check the status themselves, from the row that they read anyway. If the user is suspended and the call
 * ends that, the operation is run once more.
 */
@Injectable()
export class ReturnInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly people: People,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const again = async (error: unknown): Promise<Observable<unknown>> => {
      if (!(error instanceof UserSuspended) || !(await this.back(context))) throw error;
      return next.handle();
    };
    return next
      .handle()
      .pipe(catchError((error: unknown) => from(again(error)).pipe(mergeMap((each) => each))));
  }

  private async back(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule>(ACCESS_RULE, context.getHandler());
    const { user, params, id } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const userName = rule.ensuresActive && rule.person ? user.name : credentialsOf(rule, params);
    return userName !== undefined && this.people.back(user, actorOf(user, id), userName);
  }
}
