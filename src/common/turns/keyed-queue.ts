import { Problem } from '../problems/problem.js';
import { Turns, type TurnLimits } from './turns.js';

/** Turns by key. */
export class KeyedQueue {
  readonly #turns = new Map<string, Turns>();

  constructor(private readonly limits: TurnLimits) {}

  /** Whether a turn of this key is taken. */
  isBusy(key: string): boolean {
    return this.#turns.has(key);
  }

  /** Waits for a turn; the returned function ends it. Throws `busy` after `timeoutMs`, or at once when too many of the line wait. */
  async enter(key: string, line: string, timeoutMs?: number): Promise<() => void> {
    let turns = this.#turns.get(key);
    if (!turns) this.#turns.set(key, (turns = new Turns(this.limits, busy)));
    const leave = await turns.enter(line, timeoutMs);
    return () => {
      leave();
      if (turns.isIdle) this.#turns.delete(key);
    };
  }
}

/** 503: another change of the same subject is still running. */
export function busy(): Problem {
  return new Problem('busy', 'Another change of the same subject is still running', { retryAfterSeconds: 2 });
}
