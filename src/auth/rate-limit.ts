import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import {
  ThrottlerGuard,
  type ThrottlerLimitDetail,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { AccessRule } from './access-rule.js';
import { ACCESS_RULE, type AuthenticatedRequest } from './guards.js';

const WINDOW_MS = 60_000;
/**
 * Maximum number of counters. Beyond it the least recently used one is evicted: a limit may then be reached later, but memory stays
 * bounded.
 */
const MAX_COUNTERS = 100_000;

interface Counter {
  hits: number;
  endsAt: number;
}

/** Fixed windows of one minute in a bounded cache. The library's own storage keeps a timer for each request. */
export class BoundedStorage implements ThrottlerStorage {
  readonly #counters = new LRUCache<string, Counter>({ max: MAX_COUNTERS });

  increment(key: string, ttl: number, limit: number) {
    const now = Date.now();
    let counter = this.#counters.get(key);
    if (!counter || counter.endsAt <= now) {
      counter = { hits: 0, endsAt: now + ttl };
      this.#counters.set(key, counter);
    }
    counter.hits++;
    const seconds = Math.max(1, Math.ceil((counter.endsAt - now) / 1000));
    const isBlocked = counter.hits > limit;
    return Promise.resolve({
      totalHits: counter.hits,
      timeToExpire: seconds,
      isBlocked,
      timeToBlockExpire: seconds,
    });
  }
}

/** Counts credential calls by caller and target user, other writes by caller. Beyond the limit: 429 with its headers. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override headerPrefix = 'RateLimit';

  protected override throwThrottlingException(
    context: ExecutionContext,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply
      .header('RateLimit-Limit', detail.limit)
      .header('RateLimit-Remaining', 0)
      .header('RateLimit-Reset', detail.timeToExpire);
    throw new Problem('rate_limited', `At most ${detail.limit} such calls per minute`);
  }
}

/** The configured limits, by the rule of each operation; 0 disables a limit. */
export function throttlerOptions(config: AppConfig, reflector: Reflector): ThrottlerModuleOptions {
  const ruleOf = (context: ExecutionContext): AccessRule =>
    reflector.get<AccessRule>(ACCESS_RULE, context.getHandler());
  const limitOf = (context: ExecutionContext): number => {
    const { limit } = ruleOf(context);
    if (limit === undefined) return 0;
    return limit === 'credentials' ? config.limits.credentialsPerMinute : config.limits.writesPerMinute;
  };
  return {
    storage: new BoundedStorage(),
    throttlers: [{ name: 'default', ttl: WINDOW_MS, limit: limitOf }],
    skipIf: (context) => limitOf(context) === 0,
    getTracker: (request) =>
      Promise.resolve(
        `${(request as AuthenticatedRequest).user.kind}:${(request as AuthenticatedRequest).user.name}`,
      ),
    generateKey: (context, caller) => {
      const { limit, self } = ruleOf(context);
      if (limit !== 'credentials') return `writes ${caller}`;
      const { params, user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
      return `credentials ${caller} ${(self && params[self]) ?? user.name}`;
    },
  };
}
