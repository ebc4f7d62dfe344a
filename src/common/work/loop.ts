import type { Logger } from '@nestjs/common';
import { inLine, SYSTEM_LINE } from '../turns/line.js';

export interface LoopOptions {
  logger: Logger;
  /** After a round that failed, in milliseconds. */
  retryMs: number;
}

/**
 * Background work in rounds, never two of them at once. A round says in how many milliseconds the next one begins, if there is to be
 * another. One that fails is logged, and the next one comes after `retryMs`. A waiting timer does not keep the process alive.
 */
export class Loop {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly round: () => Promise<number | undefined>,
    private readonly options: LoopOptions,
  ) {}

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Begins with a round after so many milliseconds. */
  start(delayMs = 0): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), delayMs);
    this.#timer.unref();
  }

  /** Begins a round now, or when the one under way has ended. The work belongs to the system, whoever woke it. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#round = inLine(SYSTEM_LINE, () => this.#round.then(() => this.run()));
  }

  /** No round begins any more; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  private async run(): Promise<void> {
    if (this.#stopped) return;
    const { logger, retryMs } = this.options;
    const next = await this.round().catch((error: unknown) => {
      if (!this.#stopped)
        logger.warn(`postponed: ${error instanceof Error ? error.message : 'unknown failure'}`);
      return retryMs;
    });
    if (next !== undefined) this.start(next);
  }
}
