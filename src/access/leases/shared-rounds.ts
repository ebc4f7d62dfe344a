import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LeasesStore } from './leases.store.js';

/** Periodic work that one of all replicas does: it keeps a lease until shortly before the next round is due. */
@Injectable()
export class SharedRounds {
  constructor(private readonly leases: LeasesStore) {}

  /** Does the work, unless a replica has done it within the interval. False: not this one. After a failure any replica may try again. */
  async run(name: string, intervalMs: number, work: () => Promise<void>): Promise<boolean> {
    const holder = randomUUID();
    if (!(await this.leases.take(name, holder, intervalMs * 0.95))) return false;
    try {
      await work();
      return true;
    } catch (error) {
      await this.leases.release(name, holder);
      throw error;
    }
  }
}
