import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../common/caller.js';
import { sha256 } from '../../common/hash.js';
import { Problem } from '../../common/problems/problem.js';
import { isAuthUnavailable } from './auth-http.js';
import type { Authenticator } from './authenticator.js';
import { addressKey, Turns } from './turns.js';
import type { AuthResult } from './verdicts.js';

/** The authenticators, in the order in which they are tried. */
export const AUTHENTICATORS = Symbol('authenticators');

/** Maximum number of cached valid tokens, and of refused ones. The least recently used one is evicted first. */
const MAX_TOKENS = 10_000;
/** How long a token that was valid counts as probably valid, in milliseconds. */
const KNOWN_MS = 86_400_000;

/**
 * The holders of tokens, cached by the token's SHA-256. Valid and refused tokens have separate caches, and calls to each token service take
 * turns, so random tokens neither evict nor delay valid ones. Concurrent requests with one new token share one check.
 */
@Injectable()
export class Tokens {
  readonly #valid = new LRUCache<string, Caller>({ max: MAX_TOKENS });
  /** Refused by one authenticator: its index and the hash. Valid but not allowed here: the hash alone. */
  readonly #refused = new LRUCache<string, true | Problem>({ max: MAX_TOKENS });
  readonly #known = new LRUCache<string, true>({ max: MAX_TOKENS, ttl: KNOWN_MS });
  readonly #asking = new Map<string, Promise<Caller | undefined>>();
  readonly #turns: readonly Turns[];

  constructor(@Inject(AUTHENTICATORS) private readonly chain: readonly Authenticator[]) {
    this.#turns = chain.map(() => new Turns());
  }

  /**
   * The caller, or undefined for a token that no authenticator knows. Throws the problem of a valid token that is not allowed here, and
   * `auth_unavailable` if the token cannot be checked. `ip` is the source of the request.
   */
  async callerOf(token: string, ip: string): Promise<Caller | undefined> {
    const hash = sha256(token);
    const problem = this.#refused.get(hash);
    if (problem instanceof Problem) throw problem;
    return this.#valid.get(hash) ?? this.askOnce(hash, () => this.ask(token, hash, addressKey(ip)));
  }

  private askOnce(hash: string, ask: () => Promise<Caller | undefined>): Promise<Caller | undefined> {
    const asked = this.#asking.get(hash);
    if (asked) return asked;
    const asking = ask().finally(() => this.#asking.delete(hash));
    this.#asking.set(hash, asking);
    return asking;
  }

  /** Tries one authenticator after another. Once one is unavailable, only authenticators that are certain of the token are tried. */
  private async ask(token: string, hash: string, address: string): Promise<Caller | undefined> {
    let away: Problem | undefined;
    for (const [index, each] of this.chain.entries()) {
      const refusal = `${index} ${hash}`;
      if (!each.accepts(token) || this.#refused.has(refusal)) continue;
      if (away && !each.recognises?.(token)) continue;
      try {
        const asker = { address, known: this.#known.has(hash) };
        const [verdict, ms] = await each.ask(token, hash, (work) => this.turnsOf(index).run(asker, work));
        if (!('refused' in verdict)) return this.keep(hash, verdict, ms);
        if (ms > 0) this.#refused.set(refusal, true, { ttl: ms });
      } catch (error) {
        if (!isAuthUnavailable(error)) throw error;
        away ??= error;
      }
    }
    if (away) throw away;
    this.#known.delete(hash);
    return undefined;
  }

  private keep(hash: string, verdict: Exclude<AuthResult, { refused: true }>, ms: number): Caller {
    if ('problem' in verdict) {
      if (ms > 0) this.#refused.set(hash, verdict.problem, { ttl: ms });
      throw verdict.problem;
    }
    if (ms > 0) {
      this.#valid.set(hash, verdict.caller, { ttl: ms });
      this.#known.set(hash, true);
    }
    return verdict.caller;
  }

  private turnsOf(index: number): Turns {
    const turns = this.#turns[index];
    if (!turns) throw new Error('an authenticator without turns');
    return turns;
  }
}
