import { describe, expect, it } from '@jest/globals';
import { type Target } from './target.js';

export function describeBuckets(target: Target): void {
  describe('quotas of buckets', () => {
    it('there is none at first, it is set and replaced, and removed again', async () => {
      const { buckets } = target.client;
      const [bucket, other] = [await target.newBucket(), await target.newBucket()];
      expect(await buckets.quota(bucket)).toBeNull();
      await buckets.setQuota(bucket, 5_000_000_000);
      await buckets.setQuota(bucket, 5_000_000_000);
      expect(await buckets.quota(bucket)).toBe(5_000_000_000);
      await buckets.setQuota(bucket, Number.MAX_SAFE_INTEGER);
      expect([await buckets.quota(bucket), await buckets.quota(other)]).toEqual([
        Number.MAX_SAFE_INTEGER,
        null,
      ]);
      for (let times = 0; times < 2; times += 1) {
        await buckets.setQuota(bucket, null);
        expect(await buckets.quota(bucket)).toBeNull();
      }
    });

    it('is not found for a bucket that is not there', async () => {
      const { buckets } = target.client;
      const missing = { code: 'not_found', status: 404 };
      await expect(buckets.quota(target.bucket)).rejects.toMatchObject(missing);
      await expect(buckets.setQuota(target.bucket, 1)).rejects.toMatchObject({
        ...missing,
        status: target.by({ MinIO: 404, RustFS: 500 }),
      });
    });

    it.each([0, -1, 1.5, Number.NaN, 2 ** 60])('refuses %p before anything is sent', async (bytes) => {
      const bucket = await target.newBucket();
      const { buckets } = target.client;
      await expect(buckets.setQuota(bucket, bytes)).rejects.toMatchObject({
        code: 'invalid',
        message: 'buckets.setQuota: invalid (the limit must be a positive whole number)',
      });
      for (const call of [() => buckets.quota(''), () => buckets.setQuota('', 1)])
        await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(/invalid \(bucket\)$/) });
      expect(await buckets.quota(bucket)).toBeNull();
    });
  });
}
