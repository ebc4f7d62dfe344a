import { Deadline } from './deadline.js';
import type { WireFault } from './transport.js';

/** How often a client that has a connection makes sure that its server is there, in milliseconds. */
const LOOK_MS = 1000;

/** What is needed of the server. */
export interface ServerQuestions {
  /** Sends a request that the server answers only once it has read its identities. Returns the fault if there is no such answer. */
  hasLoaded: (deadline: Deadline) => Promise<WireFault | undefined>;
  /** Sends a request that every server answers at once. */
  isThere: (deadline: Deadline) => Promise<void>;
  timeoutMs: number;
}

/**
 * Whether the server is known to have read its identities (users, groups, policies, keys) since its start. MinIO answers a moment before it
 * has read them, half a second with 1,000 policies on a busy machine. What it shows then is incomplete, and what it is told then is replaced
 * in its memory by what it reads. A start is noticed by what it does to connections: as long as one stays open, the server is the same one. So
 * the question is asked only after every connection was closed, or one was closed by the other side.
 */
export class Readiness {
  readonly #questions: ServerQuestions;
  readonly #timer: NodeJS.Timeout;
  #open = 0;
  /** Counts the moments since which the server may be another one. */
  #doubts = 0;
  /** The doubts that the last good answer settled; at first there was no answer. */
  #settled = -1;
  #asking: Promise<WireFault | undefined> | undefined;
  /** Counts the questions. */
  #asked = 0;

  constructor(questions: ServerQuestions) {
    this.#questions = questions;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  connected(): void {
    this.#open += 1;
  }

  /** `byUs`: because it was idle for too long, or because the answer was no longer waited for. */
  disconnected(byUs: boolean): void {
    this.#open -= 1;
    if (!byUs || this.#open === 0) this.doubt();
  }

  /** The server may have been started anew. */
  doubt(): void {
    this.#doubts += 1;
  }

  /**
   * Resolves at once if it is known, else when the server has said so. Returns the fault if it did not. One question serves all callers; if one
   * that was under way before fails, there is another one.
   */
  async ensure(deadline: Deadline): Promise<WireFault | undefined> {
    const before = this.#asked;
    while (this.#settled !== this.#doubts) {
      this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
      const number = this.#asked;
      const fault = await deadline.race(this.#asking);
      if (fault && number > before) return fault;
    }
    return undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<WireFault | undefined> {
    this.#asked += 1;
    const doubts = this.#doubts;
    const fault = await this.#timed((deadline) => this.#questions.hasLoaded(deadline));
    if (!fault) this.#settled = doubts;
    return fault;
  }

  /**
   * Keeps a connection open: a client that is asked for something once a minute would have to find out each time. And behind a proxy, whose
   * connections stay open, only the answer that it gives for a missing server tells.
   */
  async #look(): Promise<void> {
    if (this.#open === 0) return;
    await this.#timed((deadline) => this.#questions.isThere(deadline)).catch(() => undefined);
  }

  async #timed<T>(ask: (deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#questions.timeoutMs);
    try {
      return await ask(deadline);
    } finally {
      deadline.dispose();
    }
  }
}
