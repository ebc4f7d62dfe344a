import { Injectable } from '@nestjs/common';
import { BoundedStorage } from '../../auth/rate-limit.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';

const WINDOW_MS = 60_000;
/** All senders that are not known may send so many times what one of them may. */
const ALL_SENDERS = 5;

/** Counts deliveries a minute: what only the portal can have sent by itself, everything else by address. */
@Injectable()
export class Flood {
  readonly #counters = new BoundedStorage();

  constructor(private readonly config: AppConfig) {}

  /** Milliseconds by which what the delivery asks for is put off, to the end of the minute; 0: within the limit. */
  async delayMs(authentic: boolean, address: string): Promise<number> {
    const limit = this.config.limits.webhooksPerMinute;
    if (limit === 0) return 0;
    if (authentic) return this.count('authentic', limit);
    const own = await this.count(`from ${address}`, limit);
    return Math.max(own, await this.count('from all', limit * ALL_SENDERS));
  }

  /** What a delivery that is not taken is answered with: why, or from an address that sends many of them `rate_limited`. */
  async refusal(why: unknown, address: string): Promise<unknown> {
    const limit = this.config.limits.webhooksPerMinute;
    if (limit === 0 || !(why instanceof Problem)) return why;
    const delayMs = await this.count(`refused ${address}`, limit);
    if (delayMs === 0) return why;
    return new Problem('rate_limited', `At most ${limit} deliveries a minute that are not taken`, {
      rateLimit: { limit, resetSeconds: delayMs / 1000 },
    });
  }

  private async count(key: string, limit: number): Promise<number> {
    const { isBlocked, timeToExpire } = await this.#counters.increment(key, WINDOW_MS, limit);
    return isBlocked ? timeToExpire * 1000 : 0;
  }
}
