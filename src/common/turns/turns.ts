/** How many turns are taken at once, in all and per line, and how many of one line may wait. */
export interface TurnLimits {
  atOnce: number;
  perLine?: number;
  maxWaiting?: number;
}

/** Turns that go round the lines: a waiting caller stands behind at most one of each other line. Within a line the first comes first. */
export class Turns {
  readonly #limits: Required<TurnLimits>;
  /** Waiting callers by line; the line whose last turn is the longest ago comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #held = new Map<string, number>();
  #free: number;

  /** `refuse`: the error for a caller that has waited too long, or behind too many. */
  constructor(
    { atOnce, perLine = atOnce, maxWaiting = Infinity }: TurnLimits,
    private readonly refuse: () => Error,
  ) {
    this.#limits = { atOnce, perLine, maxWaiting };
    this.#free = atOnce;
  }

  /** Whether no turn is taken. */
  get isIdle(): boolean {
    return this.#held.size === 0;
  }

  /** Waits for a turn; the returned function ends it. Throws after `timeoutMs`, or at once when too many of the line wait. */
  async enter(line: string, timeoutMs?: number): Promise<() => void> {
    // every waiting caller is held by a limit: a caller that may enter overtakes none of them
    if (this.#free > 0 && this.#mayEnter(line) && !this.#waiting.has(line)) this.#take(line);
    else await this.#wait(line, timeoutMs);
    return () => this.#leave(line);
  }

  #wait(line: string, timeoutMs: number | undefined): Promise<void> {
    const queue = this.#waiting.get(line) ?? [];
    if (queue.length >= this.#limits.maxWaiting) throw this.refuse();
    this.#waiting.set(line, queue);
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              queue.splice(queue.indexOf(turn), 1);
              if (queue.length === 0) this.#waiting.delete(line);
              reject(this.refuse());
            }, timeoutMs);
      queue.push(turn);
    });
  }

  #leave(line: string): void {
    this.#free += 1;
    const held = (this.#held.get(line) ?? 0) - 1;
    if (held > 0) this.#held.set(line, held);
    else this.#held.delete(line);
    // a line that has just had a turn goes behind all waiting lines
    this.#requeue(line, this.#waiting.get(line) ?? []);
    for (const [next, queue] of this.#waiting) {
      if (!this.#mayEnter(next)) continue;
      const turn = queue.shift();
      this.#requeue(next, queue);
      this.#take(next);
      turn?.();
      return;
    }
  }

  /** Moves the line to the end of the round. */
  #requeue(line: string, queue: (() => void)[]): void {
    this.#waiting.delete(line);
    if (queue.length > 0) this.#waiting.set(line, queue);
  }

  #mayEnter(line: string): boolean {
    return (this.#held.get(line) ?? 0) < this.#limits.perLine;
  }

  #take(line: string): void {
    this.#free -= 1;
    this.#held.set(line, (this.#held.get(line) ?? 0) + 1);
  }
}
