import type { MadminClient } from '../madmin/client.js';
import type { CallRecord } from '../madmin/types.js';
import { nodesUp } from './metrics.js';

/** Between the last look that found a node well and its absence, it may have missed what its peers told it. */
const MARGIN_MS = 3000;

/** One node of MinIO as this process sees it. */
export class MinioNode {
  readonly client: MadminClient;
  #state: 'up' | 'doubtful' | 'away' = 'up';
  #goodAt = performance.now();
  #goodSince = performance.now();
  #failedAt = -Infinity;
  #uncertainAt = -Infinity;
  #missedLooks = 0;
  #returned = false;

  /** `connect` makes the client, which tells the node about each of its calls. */
  constructor(
    readonly endpoint: string,
    connect: (endpoint: string, onCall: (call: CallRecord) => void) => MadminClient,
  ) {
    this.client = connect(endpoint, (call) => this.told(call));
  }

  /** It did not answer when it was last asked. */
  get mayBeAway(): boolean {
    return this.#state !== 'up';
  }

  /** It did not answer a look, which followed a failure or another look. */
  get isAway(): boolean {
    return this.#state === 'away';
  }

  /** Two looks in a row failed: one may be the fault of a busy machine. */
  get isLost(): boolean {
    return this.#missedLooks >= 2;
  }

  /** Milliseconds for which it may not have heard what was written: since it was last known to answer, and a little. */
  get unheardMs(): number {
    return performance.now() - this.#goodAt + MARGIN_MS;
  }

  /** Milliseconds for which every look has found it well. */
  get goodForMs(): number {
    return this.#state === 'up' ? performance.now() - this.#goodSince : 0;
  }

  /** Whether a call failed for want of the node since the moment (of `performance.now()`). */
  failedSince(moment: number): boolean {
    return this.#failedAt > moment;
  }

  /** The same, or a write may have been done by halves: MinIO then has told no other node of it. */
  troubledSince(moment: number): boolean {
    return Math.max(this.#failedAt, this.#uncertainAt) > moment;
  }

  /** No call of this process is under way there, and none that may still be applied ended in the last milliseconds. */
  isQuiet(ms: number): boolean {
    return this.client.pending === 0 && performance.now() - this.#uncertainAt >= ms;
  }

  /** Asks whether it answers and has write quorum. Never throws. */
  async look(): Promise<boolean> {
    const asked = performance.now();
    const answers = await this.client.server.health('cluster').then(
      ({ ok }) => ok,
      () => false,
    );
    nodesUp.set({ endpoint: this.endpoint }, answers ? 1 : 0);
    if (!answers) {
      this.#state = 'away';
      this.#missedLooks += 1;
      return false;
    }
    if (this.#state === 'away') {
      this.#returned = true;
      this.#goodSince = asked;
    }
    this.#state = 'up';
    this.#missedLooks = 0;
    this.#goodAt = asked;
    return true;
  }

  /** True once after each return: a look had failed, and a later one succeeded. */
  takeReturn(): boolean {
    const returned = this.#returned;
    this.#returned = false;
    return returned;
  }

  /** As if it had been away: what failed elsewhere is due here. */
  markReturned(): void {
    this.#returned = true;
  }

  private told({ verb, outcome, outcomeUnknown }: CallRecord): void {
    // a look tells for itself
    if (verb === 'server.health') return;
    if (outcomeUnknown) this.#uncertainAt = performance.now();
    if (outcome !== 'unavailable' && outcome !== 'timeout') return;
    this.#failedAt = performance.now();
    if (this.#state === 'up') this.#state = 'doubtful';
  }
}
