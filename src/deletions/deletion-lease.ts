import { setTimeout as sleep } from 'node:timers/promises';
import { Lease } from '../common/lease.js';
import { DATA_TIMEOUT_MS } from '../minio/prefix-data.js';
import type { Claimed, DeletionsStore } from './deletions.store.js';

/** How long a process keeps a deletion without a heartbeat, in milliseconds. */
export const LEASE_MS = 10_000;
const HEARTBEAT_MS = 2000;

/** This process is stopping: nothing more may be deleted. */
export class DeletionStopped extends Error {
  override readonly name = 'DeletionStopped';
}

/** The right to run one deletion. */
export class DeletionLease {
  readonly #takenAt = performance.now();
  readonly #lease: Lease;

  constructor(
    store: DeletionsStore,
    private readonly claimed: Claimed,
    holder: string,
    private readonly isStopping: () => boolean,
  ) {
    const renew = () => store.renew(claimed.row.id, holder, LEASE_MS);
    this.#lease = new Lease({ ttlMs: LEASE_MS, takenAt: this.#takenAt, renew });
    this.#lease.keepAlive(HEARTBEAT_MS);
  }

  /** Must be called before each call that deletes. Throws {@link DeletionStopped} or `LeaseLost`. */
  async guard(): Promise<void> {
    if (this.isStopping()) throw new DeletionStopped('The service is stopping');
    await this.#lease.guard();
  }

  /**
   * Must be called before the end is recorded, which releases the name: any delete call of the former holder must have reached MinIO by
   * then. Otherwise it could delete data of a new user.
   */
  async settle(): Promise<void> {
    const wait = this.#takenAt + DATA_TIMEOUT_MS - performance.now();
    if (!this.claimed.takenOver) return;
    for (const end = performance.now() + wait; performance.now() < end;) {
      await this.guard();
      await sleep(Math.max(1, Math.min(250, end - performance.now())));
    }
  }

  close(): void {
    this.#lease.close();
  }
}
