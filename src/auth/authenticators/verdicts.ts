import { LRUCache } from 'lru-cache';
import type { Caller } from '../../common/caller.js';
import type { Problem } from '../../common/problems/problem.js';
import { sha256 } from '../../common/hash.js';

/** Tokens remembered at once; the least used one is forgotten first. */
const MAX_TOKENS = 10_000;
/** How long a refused token stays refused without asking again, in milliseconds. */
export const REFUSED_MS = 5000;

/** What is known of a token: whose it is, that its holder may not use the service, or that it is not valid here. */
export type Verdict = { caller: Caller } | { problem: Problem } | { refused: true };

/** Verdicts on tokens, kept by their SHA-256. However many requests come with one new token, it is asked for once. */
export class Verdicts {
  readonly #kept = new LRUCache<string, Verdict>({ max: MAX_TOKENS });
  readonly #asking = new Map<string, Promise<Verdict>>();

  /** The caller, or undefined for a refused token; throws the problem of one that is valid and of no use. `ask` says how many milliseconds its verdict holds. */
  async of(
    token: string,
    ask: (token: string, hash: string) => Promise<[Verdict, number]>,
  ): Promise<Caller | undefined> {
    const hash = sha256(token);
    const verdict = this.#kept.get(hash) ?? (await this.askOnce(hash, () => ask(token, hash)));
    if ('problem' in verdict) throw verdict.problem;
    return 'caller' in verdict ? verdict.caller : undefined;
  }

  private askOnce(hash: string, ask: () => Promise<[Verdict, number]>): Promise<Verdict> {
    const asked = this.#asking.get(hash);
    if (asked) return asked;
    const asking = ask()
      .then(([verdict, ms]) => {
        this.#kept.set(hash, verdict, { ttl: ms });
        return verdict;
      })
      .finally(() => this.#asking.delete(hash));
    this.#asking.set(hash, asking);
    return asking;
  }
}
