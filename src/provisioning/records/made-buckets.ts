import { Injectable } from '@nestjs/common';
import { ProvisionListsStore } from './provision-lists.store.js';

/** The buckets that provisions made. */
@Injectable()
export class MadeBuckets {
  constructor(private readonly store: ProvisionListsStore) {}

  /** Those of these buckets that a provision made, and none has removed since. */
  async among(buckets: readonly string[]): Promise<string[]> {
    if (buckets.length === 0) return [];
    const last = await this.store.bucketsMade([...new Set(buckets)]);
    return last.flatMap(({ bucket, made }) => (made ? [bucket] : []));
  }
}
