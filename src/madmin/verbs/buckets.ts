import { ADMIN, type Caller } from '../call.js';
import { MadminError } from '../errors.js';
import type { CallOptions } from '../types.js';
import { checkNames } from './wire.js';

interface WireQuota {
  /** Of servers before `size` existed. */
  quota?: number;
  size?: number;
}

/** What MinIO keeps of a bucket beside S3. */
export class Buckets {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The most bytes that the bucket may hold, or null for no limit. `not_found` without such a bucket. */
  async quota(bucket: string, options?: CallOptions): Promise<number | null> {
    const verb = 'buckets.quota';
    checkNames(verb, 'bucket', [bucket]);
    const spec = { verb, method: 'GET', path: `${ADMIN}/get-bucket-quota`, query: { bucket } } as const;
    // 0 is no limit
    return this.#caller.json(spec, options, ({ size, quota }: WireQuota) => size || quota || null);
  }

  /**
   * Limits the bytes of the bucket, or with null removes the limit. MinIO compares with what its scanner counted last, so a write may exceed
   * the limit for a while. `not_found` without such a bucket.
   */
  async setQuota(bucket: string, bytes: number | null, options?: CallOptions): Promise<void> {
    const verb = 'buckets.setQuota';
    checkNames(verb, 'bucket', [bucket]);
    if (bytes !== null && !(Number.isSafeInteger(bytes) && bytes > 0))
      throw new MadminError('invalid', `${verb}: invalid (the limit must be a positive whole number)`);
    const size = bytes ?? 0;
    // old servers read `quota`, new ones `size`
    const json = { quota: size, size, quotatype: 'hard' };
    const path = `${ADMIN}/set-bucket-quota`;
    await this.#caller.send({ verb, method: 'PUT', path, query: { bucket }, json }, options);
  }
}
