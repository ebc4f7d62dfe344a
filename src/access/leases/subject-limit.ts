import { SYSTEM_LINE } from '../../common/turns/line.js';
import { busy } from '../../common/turns/keyed-queue.js';
import { Turns } from '../../common/turns/turns.js';

/** Callers of one line that go to one subject together. */
interface Entry {
  size: number;
  entered: Promise<() => void>;
}

/**
 * Limits how many subjects a line works on at once, running or waiting. Further work of the line waits here and holds neither calls to
 * MinIO nor database connections. Callers that wait here for the same subject continue together. The system's own work has separate bounds.
 */
export class SubjectLimit {
  readonly #turns: Turns;
  /** Waiting entries, by line and subject. */
  readonly #waiting = new Map<string, Entry>();

  constructor(
    perLine: number,
    private readonly waitMs: number,
  ) {
    this.#turns = new Turns({ atOnce: Infinity, perLine }, busy);
  }

  /** Throws `busy` when the line has been at its limit of other subjects for too long. */
  async run<T>(line: string, key: string, work: () => Promise<T>): Promise<T> {
    if (line === SYSTEM_LINE) return work();
    const entry = this.join(line, key);
    entry.size += 1;
    const leave = await entry.entered;
    try {
      return await work();
    } finally {
      entry.size -= 1;
      if (entry.size === 0) leave();
    }
  }

  private join(line: string, key: string): Entry {
    const id = `${line} ${key}`;
    const known = this.#waiting.get(id);
    if (known) return known;
    const entered = this.#turns.enter(line, this.waitMs).finally(() => this.#waiting.delete(id));
    const entry: Entry = { size: 0, entered };
    this.#waiting.set(id, entry);
    return entry;
  }
}
