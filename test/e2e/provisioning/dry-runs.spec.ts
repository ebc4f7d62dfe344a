import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { ended, submit } from '../../support/workflows/provisions.js';

const manyTags = (from: number, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${from + index}`, 'x']));
const alicesFolder = `s3a://${BUCKET}/${homeOf('alice')}reports/`;

/** Provisions that fail by a rule as things are: each needs something that is not there, or finds what must not be. */
const REFUSED: [why: string, kind: string, input: object, code: string][] = [
  ['a folder in no bucket', 'prefix', { path: 's3a://no-bucket/x/' }, 'unprocessable'],
  ['a quota of no bucket', 'quota', { bucket: 'no-bucket', quota_bytes: 1e9 }, 'unprocessable'],
  ['tags of no bucket', 'tags', { bucket: 'no-bucket', tags: { a: 'b' } }, 'unprocessable'],
  [
    'more tags than a bucket can have',
    'tags',
    { bucket: 'tagged', tags: manyTags(100, 30) },
    'unprocessable',
  ],
  ['the same with the bucket', 'bucket', { bucket: 'tagged', tags: manyTags(100, 30) }, 'unprocessable'],
  ['the end of a bucket with objects', 'bucket', { bucket: 'full', state: 'absent' }, 'not_possible'],
  ['the end of a bucket with old versions', 'bucket', { bucket: 'past', state: 'absent' }, 'not_possible'],
  ['a disabled user', 'user', { user_name: 'gone' }, 'user_disabled'],
  ['a user of somebody else', 'user', { user_name: 'foreign' }, 'user_not_adopted'],
  ['a key of a disabled user', 'access_key', { user_name: 'gone', name: 'k' }, 'user_disabled'],
  ['a group of nobody', 'group', { group_name: 'Nobodies', members: ['nobody'] }, 'unknown_user'],
  ['a group of another case', 'group', { group_name: 'lab' }, 'name_taken'],
  ['a member of no group', 'membership', { group_name: 'No-Group', user_name: 'bob' }, 'not_found'],
  ['nobody as a member', 'membership', { group_name: 'Lab', user_name: 'nobody' }, 'unknown_user'],
  [
    'a share with nobody',
    'share',
    { user_name: 'alice', path: alicesFolder, with_users: ['nobody'] },
    'all_refused',
  ],
];

describe('a dry run of a provision and the provision', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ embedded: true, env: NO_LIMITS });
    const { admin, rootS3 } = stack;
    await makePeople(stack, ['alice', 'bob', 'gone']);
    await admin.post('/admin/users/gone/disable');
    await admin.post('/groups/Lab', { members: ['alice'] });
    await stack.root.users.add('foreign', { secretKey: 'a-secret-of-somebody' });
    for (const bucket of ['tagged', 'full', 'past', 'empty'])
      await ended(admin, await submit(admin, 'bucket', { bucket, versioning: bucket === 'past' }));
    await ended(admin, await submit(admin, 'tags', { bucket: 'tagged', tags: manyTags(0, 30) }));
    await rootS3.put('full', 'a', 'x');
    await rootS3.put('past', 'a', 'x');
    await rootS3.delete('past', 'a');
  }, START_MS);
  afterAll(() => stack?.stop());

  it.each(REFUSED)('agree on %s', async (_, kind, input, code) => {
    const dry = await stack.admin.post('/provisions?dry_run=true', { kind, input });
    const run = await ended(stack.admin, await submit(stack.admin, kind, input));
    expect([run.status, run.error_code]).toEqual(['failed', code]);
    const [broken] = dry.body.errors ?? [];
    const told = broken ? `${broken.field}: ${broken.rule}` : dry.body.detail;
    expect([dry.body.code, told]).toEqual([code, run.error]);
  });

  it('agree on what goes', async () => {
    const dry = await stack.admin.post('/provisions?dry_run=true', {
      ...{ kind: 'bucket', input: { bucket: 'empty', state: 'absent' } },
    });
    expect(dry.body.plan).toMatchObject([{ change: 'remove_bucket' }]);
    const run = await submit(stack.admin, 'bucket', { bucket: 'empty', state: 'absent' });
    expect((await ended(stack.admin, run)).status).toBe('completed');
  });
});
