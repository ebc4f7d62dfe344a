import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { addressKey } from '../../auth/authenticators/turns.js';
import { Problem } from '../../common/problems/problem.js';

const WINDOW_MS = 60_000;
/** Refused logins of one address in a minute. People behind one address rarely mistype so often; their right logins are not counted. */
const MOST_REFUSED = 20;
/** Maximum number of addresses that are remembered. The one that was refused longest ago is forgotten first. */
const MOST_ADDRESSES = 100_000;

interface Refusals {
  count: number;
  endsAt: number;
}

/** Limits how often one address may try to log in with a wrong token, in windows of one minute. */
@Injectable()
export class LoginLimit {
  readonly #refused = new LRUCache<string, Refusals>({ max: MOST_ADDRESSES });

  /** Makes an attempt. Throws `rate_limited`, and attempts nothing, once the address has been refused too often. */
  async attempt<T>(ip: string, attempt: () => Promise<T>): Promise<T> {
    const refusals = this.refusalsOf(addressKey(ip));
    if (refusals.count >= MOST_REFUSED) throw tooMany(refusals);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Problem && error.status < 500) refusals.count += 1;
      throw error;
    }
  }

  private refusalsOf(address: string): Refusals {
    const known = this.#refused.get(address);
    if (known && known.endsAt > Date.now()) return known;
    const begun = { count: 0, endsAt: Date.now() + WINDOW_MS };
    this.#refused.set(address, begun);
    return begun;
  }
}

function tooMany({ endsAt }: Refusals): Problem {
  const resetSeconds = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
  return new Problem('rate_limited', `At most ${MOST_REFUSED} refused logins per minute`, {
    rateLimit: { limit: MOST_REFUSED, resetSeconds },
  });
}
