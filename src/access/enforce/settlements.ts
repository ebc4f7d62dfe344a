/** A run that has not begun: it serves all callers that come before it begins. */
interface Waiting {
  /** When the last of them came. */
  since: number;
  done: Promise<void>;
}

/** Callers that wait until what they have committed is applied: one run serves all that wait for the same key. */
export class Settlements {
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Waits for a run that begins after this call. `run` starts one: before it reads what is committed it calls `begin`, which returns when
   * the last of the served callers came. Throws what the run throws.
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
