/** Why a call was cut off. */
export type Cut = 'timeout' | 'aborted';

/** The end of a call's time: its own timeout or the caller's signal, whichever comes first. */
export class Deadline {
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#end('aborted');
  readonly #waiting = new Set<(cut: Cut) => void>();
  readonly #endsAt: number;
  #cut: Cut | undefined;

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#end('timeout'), timeoutMs);
    this.#outer = signal;
    if (signal?.aborted) this.#end('aborted');
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get cut(): Cut | undefined {
    return this.#cut;
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /** Calls `listener` once when the time is over; the returned function removes it. */
  onEnd(listener: (cut: Cut) => void): () => void {
    if (this.#cut) listener(this.#cut);
    else this.#waiting.add(listener);
    return () => void this.#waiting.delete(listener);
  }

  /** The promise, or a {@link CutOff} when the time is over first; the work itself continues, and its result is ignored. */
  async race<T>(work: Promise<T>): Promise<T> {
    let release = (): void => undefined;
    const end = new Promise<never>((_, reject) => {
      release = this.onEnd((cut) => reject(new CutOff(cut)));
    });
    try {
      return await Promise.race([work, end]);
    } finally {
      release();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onAbort);
    this.#waiting.clear();
  }

  #end(cut: Cut): void {
    if (this.#cut) return;
    this.#cut = cut;
    clearTimeout(this.#timer);
    for (const listener of this.#waiting) listener(cut);
    this.#waiting.clear();
  }
}

/** The deadline ended a piece of work. */
export class CutOff extends Error {
  constructor(readonly cut: Cut) {
    super(cut);
  }
}
