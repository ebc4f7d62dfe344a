import { SYSTEM_LINE } from '../../common/turns/line.js';
import { busy } from '../../common/turns/keyed-queue.js';
import { Turns } from '../../common/turns/turns.js';

/** Those of one line that go to one subject together. */
interface Party {
  size: number;
  entered: Promise<() => void>;
}

/**
 * Keeps a line from being at too many subjects at once, running or waiting: what it wants beyond that waits here, and holds neither calls to
 * MinIO nor connections of the database. Those who wait here for the same subject go on together. The system's own work has bounds of its own.
 */
export class Crowd {
  readonly #turns: Turns;
  /** Parties that wait, by line and subject. */
  readonly #waiting = new Map<string, Party>();

  constructor(
    perLine: number,
    private readonly waitMs: number,
  ) {
    this.#turns = new Turns({ atOnce: Infinity, perLine }, busy);
  }

  /** Throws `busy` when the line has been at so many others for too long. */
  async run<T>(line: string, key: string, work: () => Promise<T>): Promise<T> {
    if (line === SYSTEM_LINE) return work();
    const party = this.join(line, key);
    party.size += 1;
    const leave = await party.entered;
    try {
      return await work();
    } finally {
      party.size -= 1;
      if (party.size === 0) leave();
    }
  }

  private join(line: string, key: string): Party {
    const id = `${line} ${key}`;
    const known = this.#waiting.get(id);
    if (known) return known;
    const entered = this.#turns.enter(line, this.waitMs).finally(() => this.#waiting.delete(id));
    const party: Party = { size: 0, entered };
    this.#waiting.set(id, party);
    return party;
  }
}
