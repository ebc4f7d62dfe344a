import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../common/caller.js';
import { sha256 } from '../../common/hash.js';
import { Problem } from '../../common/problems/problem.js';
import { isAuthUnavailable } from './auth-http.js';
import type { Authenticator } from './authenticator.js';
import { addressKey, Turns } from './turns.js';
import type { AuthResult } from './verdicts.js';

/** The authenticators in the order in which they are asked whether a token is theirs. */
export const AUTHENTICATORS = Symbol('authenticators');

/** Valid tokens remembered at once, and refused ones; the least used one is forgotten first. */
const MAX_TOKENS = 10_000;
/** How long a token that was valid is treated as one that probably is so again, in milliseconds. */
const KNOWN_MS = 86_400_000;

/**
 * Whose a token is, kept by its SHA-256. Valid and refused tokens have caches of their own, and each service that knows tokens is asked in
 * turns: random tokens push no valid one out and keep none waiting. However many requests come with one new token, it is asked for once.
 */
@Injectable()
export class Tokens {
  readonly #valid = new LRUCache<string, Caller>({ max: MAX_TOKENS });
  /** Refused by one authenticator, by its place and the hash; or, by the hash alone, valid and of no use here. */
  readonly #refused = new LRUCache<string, true | Problem>({ max: MAX_TOKENS });
  readonly #known = new LRUCache<string, true>({ max: MAX_TOKENS, ttl: KNOWN_MS });
  readonly #asking = new Map<string, Promise<Caller | undefined>>();
  readonly #turns: readonly Turns[];

  constructor(@Inject(AUTHENTICATORS) private readonly chain: readonly Authenticator[]) {
    this.#turns = chain.map(() => new Turns());
  }

  /**
   * The caller, or undefined for a token that nobody knows. Throws the problem of one that is valid and of no use, and `auth_unavailable` when
   * it cannot be said. `ip`: where the request comes from.
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

  /** Asks one authenticator after the other. While one is away, only those go on being asked whose token it certainly is. */
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
