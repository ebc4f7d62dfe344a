import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { BoundedStorage } from './rate-limit.js';

const WINDOW_MS = 60_000;
/** The limit of all unauthenticated senders together, as a multiple of the limit of one sender. */
const ALL_SENDERS = 5;

/** Counts deliveries per minute: authentic ones together, all others by address. */
@Injectable()
export class Flood {
  readonly #counters = new BoundedStorage();

  constructor(private readonly config: AppConfig) {}

  /** Milliseconds by which the delivery's effect is postponed, to the end of the minute; 0 if it is within the limit. */
  async delayMs(authentic: boolean, address: string): Promise<number> {
    const limit = this.config.limits.webhooksPerMinute;
    if (limit === 0) return 0;
    if (authentic) return this.count('authentic', limit);
    const own = await this.count(`from ${address}`, limit);
    return Math.max(own, await this.count('from all', limit * ALL_SENDERS));
  }

  /** The answer to a rejected delivery: the reason, or `rate_limited` if the address sends many rejected deliveries. */
  async refusal(why: unknown, address: string): Promise<unknown> {
    const limit = this.config.limits.webhooksPerMinute;
    if (limit === 0 || !(why instanceof Problem)) return why;
    const delayMs = await this.count(`refused ${address}`, limit);
    if (delayMs === 0) return why;
    return new Problem('rate_limited', `At most ${limit} rejected deliveries per minute`, {
      rateLimit: { limit, resetSeconds: delayMs / 1000 },
    });
  }

  private async count(key: string, limit: number): Promise<number> {
    const { isBlocked, timeToExpire } = await this.#counters.increment(key, WINDOW_MS, limit);
    return isBlocked ? timeToExpire * 1000 : 0;
  }
}
