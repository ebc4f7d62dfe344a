import { settingsOf, tag } from '../support/access/bucket-settings.js';
import { accepted, ended, reaches, submit } from '../support/workflows/provisions.js';
import type { Call } from '../support/network/proxy.js';
import { NO_LIMITS } from '../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../support/service/stack.js';

const TEST_MS = 120_000;
const GB = 1_000_000_000;

describe('a bucket with settings while something fails', () => {
  let stack: Stack;
  let count = 0;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, proxied: true });
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  /** Every write of such a provision. */
  const WRITES: [string, (call: Call) => boolean][] = [
    [
      'the bucket',
      ({ method, path, query }) => method === 'PUT' && /^\/field-\d+\/?$/.test(path) && query.size === 0,
    ],
    ['versioning', ({ method, query }) => method === 'PUT' && query.has('versioning')],
    ['the quota', ({ path }) => path.endsWith('/set-bucket-quota')],
    ['tags', ({ method, query }) => method === 'PUT' && query.has('tagging')],
  ];
  const settings = { versioning: true, quota_bytes: GB, tags: { team: 'field' } };
  const ALL = WRITES.flatMap(([name, write]) =>
    (['before', 'after'] as const).map((side) => [side, name, write] as const),
  );

  /** What happens at the first such write. */
  const once = (write: (call: Call) => boolean, side: 'before' | 'after', what: () => void): void => {
    let isFirst = true;
    const act = () => {
      if (!isFirst) return;
      isFirst = false;
      what();
      throw new Error('cut off');
    };
    stack.proxy.hook(write, { [side]: act });
  };
  const undo = async ({ id }: { id: string }): Promise<any[]> => {
    const row = await ended(stack.admin, accepted(await stack.admin.post(`/provisions/${id}/undo`)));
    return row.result.operations.map(({ status }: any) => status);
  };
  /** A new bucket, or one that exists with other settings, whose undo gives that back. */
  async function comesBack(bucket: string, made: any, isNew: boolean): Promise<void> {
    expect([made.status, made.error]).toEqual(['completed', null]);
    expect(await settingsOf(stack, bucket)).toEqual([
      'Enabled',
      GB,
      isNew ? { team: 'field' } : { team: 'field', a: '1' },
    ]);
    if (isNew) {
      expect(await undo(made)).toEqual(['done']);
      expect(await stack.rootS3.buckets()).not.toContain(bucket);
    } else {
      expect(await undo(made)).toEqual(['done', 'done', 'done']);
      expect(await settingsOf(stack, bucket)).toEqual(['Suspended', 5 * GB, { team: 'old', a: '1' }]);
    }
  }

  async function prepare(name: string): Promise<[bucket: string, isNew: boolean]> {
    const bucket = `field-${(count += 1)}`;
    if (name === 'the bucket') return [bucket, true];
    // every other one exists before
    if (count % 2 === 0) return [bucket, true];
    await stack.rootS3.createBucket(bucket);
    await stack.root.buckets.setQuota(bucket, 5 * GB);
    await tag(stack, bucket, { team: 'old', a: '1' });
    return [bucket, false];
  }

  it.each(ALL)(
    'cut off %s MinIO has written %s: tried again, and the undo knows what was there',
    async (side, name, write) => {
      const [bucket, isNew] = await prepare(name);
      let cut = 0;
      once(write, side, () => (cut += 1));
      const made = await ended(stack.admin, await submit(stack.admin, 'bucket', { bucket, ...settings }));
      expect(cut).toBe(1);
      await comesBack(bucket, made, isNew);
    },
    TEST_MS,
  );

  it.each(ALL)(
    'killed %s MinIO has written %s: goes on after the next start, and the undo knows what was there',
    async (side, name, write) => {
      const [bucket, isNew] = await prepare(name);
      const died = new Promise<void>((resolve) =>
        once(write, side, () => void stack.service.kill().then(resolve)),
      );
      const asked = await submit(stack.admin, 'bucket', { bucket, ...settings });
      await died;
      stack.proxy.reset();
      await stack.startService();
      await comesBack(bucket, await ended(stack.admin, asked), isNew);
    },
    TEST_MS,
  );

  it(
    'MinIO away while it is undone: tried again, and the bucket is gone',
    async () => {
      const bucket = `field-${(count += 1)}`;
      const made = await ended(stack.admin, await submit(stack.admin, 'bucket', { bucket, ...settings }));
      await stack.proxy.refuse();
      const going = accepted(await stack.admin.post(`/provisions/${made.id}/undo`));
      await reaches(stack.admin, going, 'pending');
      await stack.proxy.accept();
      expect((await ended(stack.admin, going)).status).toBe('completed');
      expect(await stack.rootS3.buckets()).not.toContain(bucket);
    },
    TEST_MS,
  );

  it.each(['before', 'after'] as const)(
    'cut off %s MinIO has written the marker of a folder: it is the one that the undo removes',
    async (side) => {
      const bucket = `field-${(count += 1)}`;
      await stack.rootS3.createBucket(bucket);
      let cut = 0;
      once(
        ({ method, path }) => method === 'PUT' && path.endsWith('/raw/'),
        side,
        () => (cut += 1),
      );
      const path = `s3a://${bucket}/raw/`;
      const made = await ended(stack.admin, await submit(stack.admin, 'prefix', { path }));
      expect([cut, made.status]).toEqual([1, 'completed']);
      expect(await stack.rootS3.list(bucket, '')).toEqual(['raw/']);
      expect(await undo(made)).toEqual(['done']);
      expect(await stack.rootS3.list(bucket, '')).toEqual([]);
    },
    TEST_MS,
  );
});
