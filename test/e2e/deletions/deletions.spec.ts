import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ended, idOf, numbered, putAll, remove, versionsBelow } from '../../support/people/deletions.js';
import { problemOf } from '../../support/service/problems.js';
import { outcome, type S3 } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** More than MinIO lists at once, and than one request deletes. */
const MANY = 1100;
/** Names that a listing, a marker, XML or an address could get wrong. */
const ODD = [
  'ünï cödé/日本 🗻.txt',
  ' blank first',
  'blank last ',
  'plus+and space',
  '100%',
  'a%2Fb%20c',
  'quotes\'"&<>;#?=',
  'tab\tand\nlines\r\n',
  'control\u0001',
  '~*(!)$[]{}|^`',
  'folder/',
  'folder/folder/',
];

async function openUpload(s3: S3, key: string): Promise<void> {
  const target = { Bucket: BUCKET, Key: key };
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(target));
  await s3.client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
}

async function uploadsBelow(s3: S3, prefix: string): Promise<number> {
  const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  return Uploads.filter(({ Key }) => Key?.startsWith(prefix)).length;
}

describe('deletion of the data of a removed user, with versions and object lock', () => {
  let stack: Stack;
  let s3: S3;

  beforeAll(async () => {
    stack = await startStack({ env: { RATE_LIMIT_WRITES: '0' } });
    s3 = stack.rootS3;
    await s3.client.send(new CreateBucketCommand({ Bucket: BUCKET, ObjectLockEnabledForBucket: true }));
  }, START_MS);
  afterAll(() => stack?.stop());

  it('takes every version, delete marker and unfinished upload, and nothing of the neighbours', async () => {
    const home = homeOf('alice');
    for (const user of ['alice', 'alice2']) await stack.person(user).post(`/users/${user}`);
    const odd = ODD.map((name) => home + name);
    await putAll(s3, [...numbered(home, MANY), ...odd]);
    await putAll(s3, [...numbered(home, 60), ...odd], 'second version');
    for (const key of numbered(home, 30)) await s3.delete(BUCKET, key);
    for (const name of ['big.bin', 'ünï +%.bin']) await openUpload(s3, home + name);
    const neighbours = [`${homeOf('alice2')}kept`, 'users-warehouse/alice-file'];
    await putAll(s3, neighbours, 'kept');
    await openUpload(s3, `${homeOf('alice2')}kept.bin`);
    // MinIO keeps no versions of what ends with a slash
    const versioned = ODD.filter((name) => !name.endsWith('/')).length;
    const total = 1 + MANY + ODD.length + 60 + versioned + 30;
    expect(await versionsBelow(s3, home)).toBe(total);

    const answer = await remove(stack, 'alice');
    // on a busy machine it may take longer than the ten seconds that the call waits
    if (answer.status === 202)
      expect(await ended(stack, answer.body.id)).toMatchObject({ state: 'completed', failed: 0 });
    else expect([answer.status, answer.body]).toEqual([204, '']);
    expect([await versionsBelow(s3, home), await uploadsBelow(s3, home)]).toEqual([0, 0]);
    expect(await stack.root.users.list()).not.toHaveProperty('alice');
    for (const key of neighbours) expect(await s3.get(BUCKET, key)).toBe('kept');
    expect([await versionsBelow(s3, homeOf('alice2')), await uploadsBelow(s3, homeOf('alice2'))]).toEqual([
      2, 1,
    ]);

    const id = await idOf(stack, 'alice');
    const { body } = await stack.admin.get(`/admin/deletions/${id}`);
    expect(body).toEqual({
      id,
      prefix: home,
      state: 'completed',
      deleted: total + 2,
      failed: 0,
      last_error: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const [event] = (await stack.admin.get('/admin/audit?action=user.data_deleted')).body.items;
    expect(event).toMatchObject({
      actor_kind: 'system',
      subject_name: 'alice',
      detail: { deletion_id: id, deleted: total + 2, failed: 0 },
    });
    const [asked] = (await stack.admin.get('/admin/audit?action=user.data_deletion_requested')).body.items;
    expect(asked).toMatchObject({ actor: 'admin', actor_kind: 'person', detail: { prefix: home } });
    const again = await stack.person('alice').post('/users/alice');
    expect([again.status, again.body.created]).toEqual([201, true]);
  });

  it('says what could not be deleted, deletes the rest, and tries again when asked', async () => {
    const home = homeOf('bob');
    await stack.person('bob').post('/users/bob');
    await putAll(s3, numbered(home, 20));
    const locked = { Bucket: BUCKET, Key: `${home}data/part-00007` };
    const until = new Date(Date.now() + 86_400_000);
    await s3.client.send(
      new PutObjectRetentionCommand({ ...locked, Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until } }),
    );
    const answer = await remove(stack, 'bob');
    expect([answer.status, answer.body]).toEqual([
      202,
      { id: expect.any(String), state: 'failed', deleted: 19, failed: 1, enforced: true },
    ]);
    const { id } = answer.body;
    expect(answer.headers.location).toBe(`/admin/deletions/${id}`);
    const shown = (await stack.admin.get(answer.headers.location!)).body;
    expect(shown).toMatchObject({ state: 'failed', failed: 1, last_error: expect.stringMatching(/WORM/) });
    expect(await s3.list(BUCKET, home)).toEqual([home, locked.Key]);
    expect((await stack.admin.get('/admin/audit?action=user.data_deletion_failed')).body.items).toHaveLength(
      1,
    );

    await s3.client.send(
      new PutObjectRetentionCommand({ ...locked, Retention: {}, BypassGovernanceRetention: true }),
    );
    expect((await remove(stack, 'bob')).status).toBe(204);
    expect(await versionsBelow(s3, home)).toBe(0);
    expect((await stack.admin.get(`/admin/deletions/${id}`)).body).toMatchObject({
      state: 'completed',
      deleted: 21,
      failed: 0,
      last_error: null,
    });
  });

  it('finds what an object hides from listings, and says when one hides the whole home', async () => {
    const home = homeOf('hide');
    await stack.person('hide').post('/users/hide');
    for (const key of ['a/b/c', 'a/b', 'a']) await s3.put(BUCKET, home + key);
    expect(await versionsBelow(s3, home)).toBe(2);
    expect((await remove(stack, 'hide')).status).toBe(204);
    expect((await stack.admin.get(`/admin/deletions/${await idOf(stack, 'hide')}`)).body.deleted).toBe(4);
    for (const key of ['a/b/c', 'a/b', 'a'])
      expect(await outcome(() => s3.get(BUCKET, home + key))).toBe('NoSuchKey');

    await stack.person('hide').post('/users/hide');
    await s3.put(BUCKET, `${home}data`);
    await s3.put(BUCKET, home.slice(0, -1), 'kept');
    const { status, body } = await remove(stack, 'hide');
    expect([status, body.state, body.enforced]).toEqual([202, 'failed', true]);
    expect((await stack.admin.get(`/admin/deletions/${body.id}`)).body.last_error).toMatch(/hides/);
    expect(await s3.get(BUCKET, `${home}data`)).toBe('x');
    expect(await s3.get(BUCKET, home.slice(0, -1))).toBe('kept');
  });

  it('deletes what an earlier removal kept, and of nobody nothing', async () => {
    await stack.person('cara').post('/users/cara');
    await putAll(s3, numbered(homeOf('cara'), 3));
    expect((await remove(stack, 'cara', 'keep')).status).toBe(204);
    expect(await versionsBelow(s3, homeOf('cara'))).toBe(4);
    for (const user of ['cara', 'cara', 'nobody']) expect((await remove(stack, user)).status).toBe(204);
    expect(await versionsBelow(s3, homeOf('cara'))).toBe(0);
  });

  it('deletes nothing when the removal is refused', async () => {
    await stack.root.users.add('foreign', { secretKey: 'made-by-hand-012' });
    await putAll(s3, [`${homeOf('foreign')}kept`]);
    expect(problemOf(await remove(stack, 'foreign'))).toEqual([409, 'user_not_adopted']);
    expect(await s3.list(BUCKET, homeOf('foreign'))).toEqual([`${homeOf('foreign')}kept`]);
    expect(await idOf(stack, 'foreign')).toBeUndefined();
    await stack.root.users.remove('foreign');
    expect((await stack.person('foreign').post('/users/foreign')).status).toBe(201);
  });

  it('can be asked for on one connection to the database as often as anybody likes', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 40; count++) statuses.push((await remove(stack, 'nobody')).status);
    expect(statuses).toEqual(statuses.map(() => 204));
  });

  it('is for administrators, of users, by words it knows', async () => {
    const dan = stack.person('dan');
    await dan.post('/users/dan');
    expect(problemOf(await remove(stack, 'dan', 'purge'))).toEqual([422, 'unprocessable']);
    expect(problemOf(await dan.delete('/admin/users/dan?data=delete'))).toEqual([403, 'forbidden']);
    const unknown = '/admin/deletions/0197c0de-0000-4000-8000-000000000000';
    expect(problemOf(await dan.get(unknown))).toEqual([403, 'forbidden']);
    for (const path of [unknown, '/admin/deletions/1'])
      expect(problemOf(await stack.admin.get(path))).toEqual([404, 'not_found']);
    expect((await stack.admin.get('/admin/deletions/1;drop')).status).toBe(404);
    expect((await dan.get('/users/dan')).body.status).toBe('active');
  });
});
