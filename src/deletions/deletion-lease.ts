import { setTimeout as sleep } from 'node:timers/promises';
import { DATA_TIMEOUT_MS } from '../minio/prefix-data.js';
import type { Claimed, DeletionsStore } from './deletions.store.js';

/** How long a process keeps a deletion without a heartbeat, in milliseconds. */
export const LEASE_MS = 10_000;
const HEARTBEAT_MS = 2000;

/** The lease is lost, or this process is stopping: nothing more may be deleted. */
export class DeletionStopped extends Error {
  override readonly name = 'DeletionStopped';
}

/** The right to run one deletion, renewed by a heartbeat. */
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

  /** Must be called before each call that deletes. Throws {@link DeletionStopped}. */
  guard(): void {
    if (this.isStopping()) throw new DeletionStopped('The service is stopping');
    if (this.#over || performance.now() > this.#expiresAt)
      throw new DeletionStopped('Another process took over the deletion');
  }

  /**
   * Must be called before the end is recorded, which releases the name: any delete call of the former holder must have reached MinIO by
   * then. Otherwise it could delete data of a new user.
   */
  async settle(): Promise<void> {
    const wait = this.#takenAt + DATA_TIMEOUT_MS - performance.now();
    if (!this.claimed.takenOver) return;
    for (const end = performance.now() + wait; performance.now() < end;) {
      this.guard();
      await sleep(Math.max(1, Math.min(250, end - performance.now())));
    }
  }

  /** Stops the heartbeat. */
  close(): void {
    clearInterval(this.#heartbeat);
  }

  private async renew(): Promise<void> {
    // measured before the call, so our expiry is never later than the database's
    const asked = performance.now();
    try {
      if (await this.store.renew(this.claimed.row.id, this.holder, LEASE_MS))
        this.#expiresAt = asked + LEASE_MS;
      else this.#over = true;
    } catch {
      // if the database is unreachable, the lease simply expires
    }
  }
}
