import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Lake, type Versioning } from './lake.js';

/** How long an answer is cached, and how long MinIO is not asked again after a failure, in milliseconds. */
const KEPT_MS = { answer: 60_000, none: 2000 };
const MAX_KEPT = 1000;

/** Whether buckets have versions, as of the last minute. */
@Injectable()
export class BucketVersions {
  readonly #known: LRUCache<string, { state: Versioning | 'unknown' }>;

  constructor(lake: Lake) {
    this.#known = new LRUCache({
      max: MAX_KEPT,
      ttl: KEPT_MS.answer,
      fetchMethod: async (bucket, _, { options }) => {
        try {
          return { state: await lake.versioningOf(bucket) };
        } catch {
          options.ttl = KEPT_MS.none;
          return { state: 'unknown' };
        }
      },
    });
  }

  /** One request at a time, however many callers ask; `unknown` if MinIO does not answer. Never throws. */
  async stateOf(bucket: string): Promise<Versioning | 'unknown'> {
    const known = await this.#known.fetch(bucket);
    return known?.state ?? 'unknown';
  }
}
