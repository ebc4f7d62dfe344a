import type { MadminClient } from '../madmin/client.js';
import type { CallRecord } from '../madmin/types.js';
import { nodesUp } from './metrics.js';

/** Between the last successful check of a node and its absence, it may have missed what its peers sent. */
const MARGIN_MS = 3000;

/** One node of MinIO as this process sees it. */
export class MinioNode {
  readonly client: MadminClient;
  #state: 'up' | 'doubtful' | 'away' = 'up';
  #goodAt = performance.now();
  #goodSince = performance.now();
  #failedAt = -Infinity;
  #uncertainAt = -Infinity;
  #missedChecks = 0;
  #returned = false;

  /** `connect` makes the client, which reports each of its calls to the node. */
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

  /** It did not answer a check that followed a failure or another check. */
  get isAway(): boolean {
    return this.#state === 'away';
  }

  /** Two checks in a row failed: a single failure may come from a busy machine. */
  get isLost(): boolean {
    return this.#missedChecks >= 2;
  }

  /** Milliseconds for which it may have missed writes: since it was last known to answer, and a little more. */
  get unheardMs(): number {
    return performance.now() - this.#goodAt + MARGIN_MS;
  }

  /** Milliseconds for which every check has succeeded. */
  get goodForMs(): number {
    return this.#state === 'up' ? performance.now() - this.#goodSince : 0;
  }

  /** Whether the node failed a call since the moment (of `performance.now()`). */
  failedSince(moment: number): boolean {
    return this.#failedAt > moment;
  }

  /** The same, or a write may have been half done: MinIO has then notified no other node of it. */
  troubledSince(moment: number): boolean {
    return Math.max(this.#failedAt, this.#uncertainAt) > moment;
  }

  /** This process has no call under way there, and none that may still be applied ended in the last milliseconds. */
  isQuiet(ms: number): boolean {
    return this.client.pending === 0 && performance.now() - this.#uncertainAt >= ms;
  }

  /**
   * Asks whether it answers, has write quorum, and has read its identities: one that has just started forgets what it is told before. Never
   * throws.
   */
  async check(): Promise<boolean> {
    const asked = performance.now();
    const answers = await this.answers().catch(() => false);
    nodesUp.set({ endpoint: this.endpoint }, answers ? 1 : 0);
    if (!answers) {
      this.#state = 'away';
      this.#missedChecks += 1;
      return false;
    }
    if (this.#state === 'away') {
      this.#returned = true;
      this.#goodSince = asked;
    }
    this.#state = 'up';
    this.#missedChecks = 0;
    this.#goodAt = asked;
    return true;
  }

  private async answers(): Promise<boolean> {
    const { ok } = await this.client.server.health('cluster');
    if (ok) await this.client.whenLoaded();
    return ok;
  }

  /** True once after each return: a check had failed, and a later one succeeded. */
  takeReturn(): boolean {
    const returned = this.#returned;
    this.#returned = false;
    return returned;
  }

  /** Acts as if the node had been away: what failed elsewhere is due here. */
  markReturned(): void {
    this.#returned = true;
  }

  private told({ verb, outcome, outcomeUnknown }: CallRecord): void {
    // a check records its own result
    if (verb === 'server.health') return;
    if (outcomeUnknown) this.#uncertainAt = performance.now();
    if (outcome !== 'unavailable' && outcome !== 'timeout') return;
    this.#failedAt = performance.now();
    if (this.#state === 'up') this.#state = 'doubtful';
  }
}
