import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refuseOthers } from '../sessions/same-origin.js';

/** 403 unless the page itself sends the request. */
@Injectable()
export class PageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    refuseOthers(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }
}
