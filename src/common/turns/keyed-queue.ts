import { Problem } from './problems/problem.js';

/** Turns by key, first come first served; each wait has an end and each queue a bound. */
export class KeyedQueue {
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(private readonly maxWaiting: number) {}

  /** Whether somebody has the turn of this key. */
  isBusy(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** Waits for the turn; the function it gives ends it. Throws `busy` after `timeoutMs`, or at once when too many wait. */
  async enter(key: string, timeoutMs: number): Promise<() => void> {
    const queue = this.#waiting.get(key);
    if (queue === undefined) this.#waiting.set(key, []);
    else await this.wait(queue, timeoutMs);
    return () => this.leave(key);
  }

  private wait(queue: (() => void)[], timeoutMs: number): Promise<void> {
    if (queue.length >= this.maxWaiting) throw busy();
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(turn), 1);
        reject(busy());
      }, timeoutMs);
      queue.push(turn);
    });
  }

  private leave(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next) next();
    else this.#waiting.delete(key);
  }
}

/** 503: another change of the same subject is still running. */
export function busy(): Problem {
  return new Problem('busy', 'Another change of the same subject is still running', { retryAfterSeconds: 2 });
}
