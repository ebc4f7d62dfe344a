/** A run that nobody has begun: all who come until then are served by it. */
interface Waiting {
  /** When the last of them came. */
  since: number;
  done: Promise<void>;
}

/** Those who wait until what they have committed is carried out: all who wait for the same key are served by one run. */
export class Settlements {
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Waits for a run that begins after this call. `run` starts one: before it reads what is committed it calls `begin`, which says when the
   * last of those came whom it serves. Throws what the run throws.
   */
  join(key: string, since: number, run: (begin: () => number) => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.since = Math.max(waiting.since, since);
      return waiting.done;
    }
    const mine: Waiting = { since, done: Promise.resolve() };
    this.#waiting.set(key, mine);
    const begin = (): number => {
      if (this.#waiting.get(key) === mine) this.#waiting.delete(key);
      return mine.since;
    };
    mine.done = run(begin).finally(begin);
    return mine.done;
  }
}
