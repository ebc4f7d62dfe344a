import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { settingsOf, tag, version } from '../../support/access/bucket-settings.js';
import { problemOf } from '../../support/service/problems.js';
import type { Call } from '../../support/network/proxy.js';
import { accepted, ended, submit } from '../../support/workflows/provisions.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const GB = 1_000_000_000;
const CHANGED = 'somebody has changed it since';

describe('buckets with settings', () => {
  let stack: Stack;
  let count = 0;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, PROVISION_MAX_ATTEMPTS: '1' }, proxied: true });
  }, START_MS);
  afterAll(() => stack?.stop());

  const named = () => `field-${(count += 1)}`;
  const there = async () => {
    const bucket = named();
    await stack.rootS3.createBucket(bucket);
    return bucket;
  };
  const plan = async (kind: string, input: object) => {
    const { status, body } = await stack.admin.post('/provisions?dry_run=true', { kind, input });
    expect(status).toBe(200);
    return body.plan.map(({ change, before, after }: any) => [change, before, after]);
  };
  const done = async (kind: string, input: object): Promise<any> => {
    const row = await ended(stack.admin, await submit(stack.admin, kind, input));
    expect([row.status, row.error]).toEqual(['completed', null]);
    return row;
  };
  const told = ({ result }: any) =>
    result.operations.map(({ action, status, entitlement, message }: any) =>
      [action, entitlement.setting, status, message].filter((each) => each !== undefined).join(' '),
    );
  const undone = async ({ id }: { id: string }) => {
    const row = await ended(stack.admin, accepted(await stack.admin.post(`/provisions/${id}/undo`)));
    expect(row.status).toBe('completed');
    return told(row);
  };
  const of = (bucket: string) => settingsOf(stack, bucket);
  const ALL = { versioning: true, quota_bytes: 5 * GB, tags: { team: 'field', 'cost.center': '007' } };

  it('that somebody else makes at the same moment are theirs: an undo leaves them', async () => {
    const bucket = named();
    const isCreation = ({ method, path }: Call) =>
      method === 'PUT' && path.replace(/\/$/, '') === `/${bucket}`;
    stack.proxy.hook(isCreation, { before: () => stack.rootS3.createBucket(bucket) });
    const made = await done('bucket', { bucket });
    expect([told(made), stack.proxy.calls.some(isCreation)]).toEqual([['create unchanged'], true]);
    await undone(made);
    expect(await stack.rootS3.buckets()).toContain(bucket);
  });

  it('are created with all of them: shown first, unchanged the second time, gone after the undo', async () => {
    const bucket = named();
    const input = { bucket, ...ALL };
    expect(await plan('bucket', input)).toEqual([
      ['create_bucket', null, {}],
      ['set_versioning', { versioning: 'never' }, { versioning: 'enabled' }],
      ['set_quota_bytes', { quota_bytes: null }, { quota_bytes: 5 * GB }],
      ['set_tag', { 'cost.center': null }, { 'cost.center': '007' }],
      ['set_tag', { team: null }, { team: 'field' }],
    ]);
    expect(await stack.rootS3.buckets()).not.toContain(bucket);
    const made = await done('bucket', input);
    expect(told(made)).toEqual([
      ...['create done', 'change versioning done', 'change quota_bytes done'],
      ...['change tags.cost.center done', 'change tags.team done'],
    ]);
    expect(made.result.outputs).toEqual({ bucket });
    expect(await of(bucket)).toEqual(['Enabled', 5 * GB, ALL.tags]);
    expect(await plan('bucket', input)).toEqual([]);
    const again = await done('bucket', input);
    expect(told(again)).toEqual(told(made).map((each: string) => each.replace('done', 'unchanged')));
    expect(await undone(again)).toEqual([]);
    expect(await of(bucket)).toEqual(['Enabled', 5 * GB, ALL.tags]);
    expect(await undone(made)).toEqual(['remove done']);
    expect(await stack.rootS3.buckets()).not.toContain(bucket);
  });

  it('that exist get what differs, and the undo sets exactly that back', async () => {
    const bucket = await there();
    await tag(stack, bucket, { team: 'field', owner: 'carol', stage: 'raw' });
    await stack.root.buckets.setQuota(bucket, GB);
    const input = { bucket, ...ALL, tags: { team: 'field', stage: 'final', more: '' } };
    expect(await plan('bucket', input)).toEqual([
      ['set_versioning', { versioning: 'never' }, { versioning: 'enabled' }],
      ['set_quota_bytes', { quota_bytes: GB }, { quota_bytes: 5 * GB }],
      ['set_tag', { more: null }, { more: '' }],
      ['set_tag', { stage: 'raw' }, { stage: 'final' }],
    ]);
    const made = await done('bucket', input);
    expect(await of(bucket)).toEqual([
      ...['Enabled', 5 * GB],
      { team: 'field', owner: 'carol', stage: 'final', more: '' },
    ]);
    expect(await undone(made)).toEqual([
      ...[
        'change versioning done',
        'change quota_bytes done',
        'change tags.more done',
        'change tags.stage done',
      ],
    ]);
    // a bucket that has had versions can only suspend them
    expect(await of(bucket)).toEqual(['Suspended', GB, { team: 'field', owner: 'carol', stage: 'raw' }]);
  });

  it('keep what others have changed since', async () => {
    const bucket = await there();
    const made = await done('bucket', { bucket, ...ALL });
    await stack.root.buckets.setQuota(bucket, 7 * GB);
    await tag(stack, bucket, { team: 'lab', 'cost.center': '007' });
    await version(stack, bucket, 'Suspended');
    expect(await undone(made)).toEqual([
      'change versioning unchanged',
      `change quota_bytes skipped ${CHANGED}`,
      'change tags.cost.center done',
      `change tags.team skipped ${CHANGED}`,
    ]);
    expect(await of(bucket)).toEqual(['Suspended', 7 * GB, { team: 'lab' }]);
  });

  it('that the provision created stay while something is in them, with the settings of before', async () => {
    const bucket = named();
    const made = await done('bucket', { bucket, ...ALL });
    await stack.rootS3.put(bucket, 'x', 'x');
    const [first, ...rest] = await undone(made);
    expect(first).toBe('remove skipped it is not empty');
    expect(rest).toHaveLength(4);
    expect(await of(bucket)).toEqual(['Suspended', null, {}]);
  });

  it.each([{ versioning: false }, {}])('never lose their versions by %j', async (asked) => {
    const bucket = await there();
    await version(stack, bucket, 'Enabled');
    expect(await plan('bucket', { bucket, ...asked })).toEqual([]);
    const made = await done('bucket', { bucket, ...asked });
    expect(await undone(made)).toEqual([]);
    expect(await of(bucket)).toEqual(['Enabled', null, {}]);
  });

  describe('that exist', () => {
    it('are limited by a quota, which is set back', async () => {
      const bucket = await there();
      expect(await plan('quota', { bucket, quota_bytes: GB })).toEqual([
        ['set_quota_bytes', { quota_bytes: null }, { quota_bytes: GB }],
      ]);
      const made = await done('quota', { bucket, quota_bytes: GB });
      expect(told(made)).toEqual(['change quota_bytes done']);
      expect(told(await done('quota', { bucket, quota_bytes: GB }))).toEqual([
        'change quota_bytes unchanged',
      ]);
      const none = await done('quota', { bucket, quota_bytes: null });
      expect((await of(bucket))[1]).toBeNull();
      expect(await undone(made)).toEqual(['change quota_bytes unchanged']);
      expect(await undone(none)).toEqual(['change quota_bytes done']);
      expect((await of(bucket))[1]).toBe(GB);
    });

    it('get tags, which are set back', async () => {
      const bucket = await there();
      await tag(stack, bucket, { a: '1' });
      const made = await done('tags', { bucket, tags: { a: '2', b: 'x y' } });
      expect((await of(bucket))[2]).toEqual({ a: '2', b: 'x y' });
      expect(await plan('tags', { bucket, tags: { a: '2', b: 'x y' } })).toEqual([]);
      await tag(stack, bucket, { a: '2', b: 'z', c: 'new' });
      expect(await undone(made)).toEqual(['change tags.a done', `change tags.b skipped ${CHANGED}`]);
      expect((await of(bucket))[2]).toEqual({ a: '1', b: 'z', c: 'new' });
    });

    it('must exist, and their tags must fit', async () => {
      for (const [kind, more] of [
        ['quota', { quota_bytes: 1 }],
        ['tags', { tags: { a: 'b' } }],
      ] as const) {
        const row = await ended(stack.admin, await submit(stack.admin, kind, { bucket: 'nowhere', ...more }));
        expect([row.status, row.error_code]).toEqual(['failed', 'unprocessable']);
      }
      const bucket = await there();
      const many = (from: number, to: number) =>
        Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`t${from + index}`, 'x']));
      await done('tags', { bucket, tags: many(0, 50) });
      const row = await ended(stack.admin, await submit(stack.admin, 'tags', { bucket, tags: many(49, 52) }));
      expect([row.status, row.error]).toEqual(['failed', expect.stringContaining('at most 50 tags')]);
      expect((await of(bucket))[2]).toEqual(many(0, 50));
    });
  });

  it.each<[string, object, number, string]>([
    ['bucket', { quota_bytes: 0 }, 422, 'input.quota_bytes'],
    ['bucket', { quota_bytes: 1.5 }, 400, 'input.quota_bytes'],
    ['bucket', { quota_bytes: null }, 400, 'input.quota_bytes'],
    ['bucket', { versioning: 'false' }, 400, 'input.versioning'],
    ['bucket', { tags: ['a'] }, 400, 'input.tags'],
    ['bucket', { tags: { 'a&b': 'x' } }, 422, 'input.tags'],
    ['bucket', { tags: { a: ' x' } }, 422, 'input.tags.a'],
    ['tags', { tags: { a: 1 } }, 422, 'input.tags.a'],
    ['tags', { tags: { a: 'x'.repeat(257) } }, 422, 'input.tags.a'],
    ['tags', { tags: { ['k'.repeat(129)]: 'x' } }, 422, 'input.tags'],
    ['tags', {}, 400, 'input.tags'],
    ['quota', {}, 400, 'input.quota_bytes'],
    ['quota', { quota_bytes: 2 ** 60 }, 422, 'input.quota_bytes'],
  ])('%s refuses %j and changes nothing', async (kind, more, status, field) => {
    const bucket = await there();
    const answer = await stack.admin.post('/provisions', { kind, input: { bucket, ...more } });
    expect([problemOf(answer)[0], answer.body.errors?.[0]?.field]).toEqual([status, field]);
    expect(await of(bucket)).toEqual([undefined, null, {}]);
  });
});

describe('folders made visible', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, PROVISION_MAX_ATTEMPTS: '1' } });
    await stack.rootS3.createBucket('field');
  }, START_MS);
  afterAll(() => stack?.stop());

  const make = async (path: string) => ended(stack.admin, await submit(stack.admin, 'prefix', { path }));
  const undone = async ({ id }: { id: string }) => {
    const row = await ended(stack.admin, accepted(await stack.admin.post(`/provisions/${id}/undo`)));
    return row.result.operations.map(({ action, status, message }: any) => [action, status, message]);
  };
  const keys = () => stack.rootS3.list('field', '');

  it('by a marker, once; the undo removes the one that it wrote', async () => {
    const input = { path: 's3a://field/raw/2026' };
    const shown = await stack.admin.post('/provisions?dry_run=true', { kind: 'prefix', input });
    expect(shown.body.plan).toEqual([
      { change: 'create_folder', target: 'folder s3a://field/raw/2026/', before: null, after: {} },
    ]);
    expect(await keys()).toEqual([]);
    const made = await make(input.path);
    expect(made.result).toMatchObject({
      operations: [{ action: 'create', status: 'done' }],
      outputs: { path: 's3a://field/raw/2026/' },
    });
    expect(await keys()).toEqual(['raw/2026/']);
    const again = await make(`${input.path}/`);
    expect(again.result.operations).toMatchObject([{ status: 'unchanged' }]);
    expect(await undone(again)).toEqual([]);
    await stack.rootS3.put('field', 'raw/2026/x', 'stays');
    expect(await undone(made)).toEqual([['remove', 'done', undefined]]);
    expect(await keys()).toEqual(['raw/2026/x']);
  });

  it('also in a bucket with versions, where nothing is left behind', async () => {
    await stack.rootS3.createBucket('kept');
    await version(stack, 'kept', 'Enabled');
    const made = await make('s3a://kept/raw/');
    expect(await undone(made)).toEqual([['remove', 'done', undefined]]);
    await stack.rootS3.client.send(new DeleteBucketCommand({ Bucket: 'kept' }));
    expect(await stack.rootS3.buckets()).not.toContain('kept');
  });

  it('keep a marker that somebody has written since', async () => {
    const made = await make('s3a://field/shared/');
    await stack.rootS3.put('field', 'shared/', 'not empty');
    expect(await undone(made)).toEqual([['remove', 'skipped', 'somebody has written it since']]);
    expect(await stack.rootS3.get('field', 'shared/')).toBe('not empty');
  });

  it.each([['s3a://field/'], ['s3a://field/../x/'], ['field/x/'], ['s3a://field/a*b/']])(
    'are refused at %s',
    async (path) => {
      const answer = await stack.admin.post('/provisions', { kind: 'prefix', input: { path } });
      expect(problemOf(answer)).toEqual([422, 'unprocessable']);
    },
  );

  it('lie in a bucket that exists', async () => {
    const row = await make('s3a://nowhere/raw/');
    expect([row.status, row.error_code]).toEqual(['failed', 'unprocessable']);
    expect(await stack.rootS3.buckets()).not.toContain('nowhere');
  });
});
