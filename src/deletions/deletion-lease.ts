import { setTimeout as sleep } from 'node:timers/promises';
import { DATA_TIMEOUT_MS } from '../minio/prefix-data.js';
import type { Claimed, DeletionsStore } from './deletions.store.js';

/** How long a process that says nothing keeps a deletion, in milliseconds. */
export const LEASE_MS = 10_000;
const HEARTBEAT_MS = 2000;

/** The deletion is no longer ours, or this process is to end: nothing more may be deleted. */
export class DeletionStopped extends Error {
  override readonly name = 'DeletionStopped';
}

/** The right to run one deletion, kept by a heartbeat. */
export class DeletionLease {
  readonly #takenAt = performance.now();
  readonly #heartbeat: NodeJS.Timeout;
  #expiresAt = this.#takenAt + LEASE_MS;
  #over = false;

  constructor(
    private readonly store: DeletionsStore,
    private readonly claimed: Claimed,
    private readonly holder: string,
    private readonly isStopping: () => boolean,
  ) {
    this.#heartbeat = setInterval(() => void this.renew(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** To be called before each call that deletes. Throws {@link DeletionStopped}. */
  guard(): void {
    if (this.isStopping()) throw new DeletionStopped('The service is stopping');
    if (this.#over || performance.now() > this.#expiresAt)
      throw new DeletionStopped('The deletion was taken over');
  }

  /**
   * To be called before the end is recorded, which gives the name free: a deletion that the former holder has sent must have arrived by
   * then, or it could meet what a new user writes.
   */
  async settle(): Promise<void> {
    const wait = this.#takenAt + DATA_TIMEOUT_MS - performance.now();
    if (!this.claimed.takenOver) return;
    for (const end = performance.now() + wait; performance.now() < end;) {
      this.guard();
      await sleep(Math.max(1, Math.min(250, end - performance.now())));
    }
  }

  /** No more heartbeats. */
  close(): void {
    clearInterval(this.#heartbeat);
  }

  private async renew(): Promise<void> {
    // measured from before the question, so never later than the database's own idea
    const asked = performance.now();
    try {
      if (await this.store.renew(this.claimed.row.id, this.holder, LEASE_MS))
        this.#expiresAt = asked + LEASE_MS;
      else this.#over = true;
    } catch {
      // the database is away: the lease runs out by itself
    }
  }
}
