import { Problem } from '../../common/problems/problem.js';
import type { ProvisionRow } from '../../database/schema.js';

/** Node's longest timer, in milliseconds: no attempt lasts as long. */
const LONGEST_MS = 2 ** 31 - 1;

/** The time that an attempt has, if its provision has a deadline. */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `leftMs` from `takenAt` (`performance.now()`) on; null: there is no limit. */
  constructor(leftMs: number | null, takenAt: number) {
    this.#endsAt = leftMs === null ? Infinity : takenAt + leftMs;
    const waitMs = Math.max(this.#endsAt - performance.now(), 0);
    if (waitMs > LONGEST_MS) return;
    this.#timer = setTimeout(() => this.#controller.abort(), waitMs);
    this.#timer.unref();
  }

  /** Aborted when the time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted || performance.now() >= this.#endsAt;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Why a provision ends whose time is up. */
export function timedOut({
  created_at: accepted,
  deadline_at: end,
}: Pick<ProvisionRow, 'created_at' | 'deadline_at'>): Problem {
  const seconds = Math.round(((end ?? accepted).getTime() - accepted.getTime()) / 1000);
  return new Problem(
    'step_timed_out',
    `It was not done within ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
  );
}
