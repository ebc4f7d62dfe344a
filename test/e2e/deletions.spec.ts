import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { waitFor } from '../../scripts/child.mjs';
import { Fleet } from '../support/fleet.js';
import { userOf } from '../support/gate.js';
import { hasPostgres } from '../support/postgres.js';
import { problemOf } from '../support/problems.js';
import type { Call, Proxy } from '../support/proxy.js';
import { outcome, S3 } from '../support/s3.js';
import type { Answer } from '../support/service.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/stack.js';

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
const isDelete = ({ method, query }: Call) => method === 'POST' && query.has('delete');

/** Many at a time: one by one, thousands of objects take a minute. */
async function putAll(s3: S3, keys: string[], body = 'x'): Promise<void> {
  const left = [...keys];
  const lane = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) await s3.put(BUCKET, key, body);
  };
  await Promise.all(Array.from({ length: 24 }, lane));
}

const numbered = (home: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${home}data/part-${String(index).padStart(5, '0')}`);

/** How many versions and delete markers start with the prefix. */
async function versionsBelow(s3: S3, prefix: string): Promise<number> {
  let count = 0;
  let markers = {};
  for (;;) {
    const query = { Bucket: BUCKET, Prefix: prefix, EncodingType: 'url' as const, ...markers };
    const page = await s3.client.send(new ListObjectVersionsCommand(query));
    count += (page.Versions ?? []).length + (page.DeleteMarkers ?? []).length;
    if (!page.IsTruncated) return count;
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

async function openUpload(s3: S3, key: string): Promise<void> {
  const target = { Bucket: BUCKET, Key: key };
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(target));
  await s3.client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
}

async function uploadsBelow(s3: S3, prefix: string): Promise<number> {
  const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  return Uploads.filter(({ Key }) => Key?.startsWith(prefix)).length;
}

/** The first deletions pass, the others wait until they are let go. */
function hold(proxy: Proxy, passing: number): { held: Promise<void>; open: () => void } {
  let count = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let reach = (): void => undefined;
  const held = new Promise<void>((resolve) => (reach = resolve));
  proxy.hook(isDelete, {
    before: async () => {
      if ((count += 1) <= passing) return;
      reach();
      await opened;
    },
  });
  return { held, open };
}

const remove = (stack: Stack, user: string, data = 'delete') =>
  stack.admin.delete(`/admin/users/${user}?data=${data}`);

async function idOf(stack: Stack, user: string): Promise<string> {
  const path = `/admin/audit?subject=${user}&action=user.data_deletion_requested`;
  return (await stack.admin.get(path)).body.items[0]?.detail.deletion_id;
}

const ended = (stack: Stack, id: string, timeoutMs = 45_000): Promise<any> =>
  waitFor(
    'the deletion to end',
    async () => {
      const { status, body } = await stack.admin.get(`/admin/deletions/${id}`).catch(() => ({}) as Answer);
      return status === 200 && ['completed', 'failed'].includes(body.state) && body;
    },
    { everyMs: 100, timeoutMs },
  );

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
    await putAll(s3, [...numbered(home, 2500), ...odd]);
    await putAll(s3, [...numbered(home, 60), ...odd], 'second version');
    for (const key of numbered(home, 30)) await s3.delete(BUCKET, key);
    for (const name of ['big.bin', 'ünï +%.bin']) await openUpload(s3, home + name);
    const neighbours = [`${homeOf('alice2')}kept`, 'users-warehouse/alice-file'];
    await putAll(s3, neighbours, 'kept');
    await openUpload(s3, `${homeOf('alice2')}kept.bin`);
    // MinIO keeps no versions of what ends with a slash
    const versioned = ODD.filter((name) => !name.endsWith('/')).length;
    const total = 1 + 2500 + ODD.length + 60 + versioned + 30;
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

describe('deletion that takes its time', () => {
  let stack: Stack;
  let s3: S3;

  beforeAll(async () => {
    stack = await startStack({ proxied: true, env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' } });
    s3 = stack.rootS3;
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  async function make(user: string, count: number): Promise<string> {
    // MinIO may have been away for the test before
    await waitFor('the user', async () => (await stack.person(user).post(`/users/${user}`)).status === 201);
    await putAll(s3, numbered(homeOf(user), count));
    return homeOf(user);
  }

  it('answers 202 after ten seconds, keeps the name from being used, and leaves alone what was written since', async () => {
    const home = await make('eva', 1200);
    const pair = (await stack.person('eva').post('/users/eva')).body;
    const gate = hold(stack.proxy, 2);
    const started = performance.now();
    const asked = remove(stack, 'eva');
    await gate.held;
    expect(await outcome(() => stack.s3(pair).list(BUCKET, home))).toMatch(/AccessDenied|InvalidAccessKeyId/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await s3.put(BUCKET, `${home}data/part-01199`, 'written since');
    await s3.put(BUCKET, `${home}new`, 'written since');
    const answer = await asked;
    expect(performance.now() - started).toBeGreaterThan(9000);
    const { id } = answer.body;
    expect([answer.status, answer.headers.location]).toEqual([202, `/admin/deletions/${id}`]);
    expect(answer.body).toEqual({
      id,
      state: expect.stringMatching(/running|pending/),
      deleted: 500,
      failed: 0,
      enforced: true,
    });
    for (const path of ['/users/eva', '/users/eva/sessions'])
      expect(problemOf(await stack.person('eva').post(path))).toEqual([409, 'user_being_removed']);
    expect((await stack.admin.get(`/admin/deletions/${id}`)).body).toMatchObject({
      prefix: home,
      deleted: 500,
    });
    expect(await s3.list(BUCKET, home, '/')).toContain(home);

    gate.open();
    const done = await ended(stack, id);
    expect(done).toMatchObject({ state: 'completed', failed: 0 });
    expect(await s3.list(BUCKET, home)).toEqual([`${home}data/part-01199`, `${home}new`]);
    const session = await stack.person('eva').post('/users/eva/sessions');
    expect([session.status, await stack.s3(session.body).get(BUCKET, `${home}new`)]).toEqual([
      201,
      'written since',
    ]);
  });

  it('goes on after a kill in the middle', async () => {
    const home = await make('fred', 600);
    const gate = hold(stack.proxy, 1);
    const asked = remove(stack, 'fred').catch(() => 'cut off');
    await gate.held;
    const id = await idOf(stack, 'fred');
    await stack.service.kill();
    stack.proxy.reset();
    gate.open();
    expect(await asked).toBe('cut off');
    await stack.startService();
    expect(await ended(stack, id)).toMatchObject({ state: 'completed', failed: 0 });
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('is not lost when the process dies while the identity is being removed', async () => {
    const home = await make('gina', 5);
    let reach = (): void => undefined;
    const held = new Promise<void>((resolve) => (reach = resolve));
    stack.proxy.hook((call) => userOf(call) === 'gina', {
      before: () => {
        reach();
        return new Promise<'drop'>(() => undefined);
      },
    });
    const asked = remove(stack, 'gina').catch(() => 'cut off');
    await held;
    expect(await s3.list(BUCKET, home)).toHaveLength(6);
    await stack.service.kill();
    stack.proxy.reset();
    expect(await asked).toBe('cut off');
    await stack.startService();
    const id = await waitFor('the deletion to be confirmed', () => idOf(stack, 'gina'), { everyMs: 100 });
    expect(await ended(stack, id)).toMatchObject({ state: 'completed', deleted: 6 });
    expect(await versionsBelow(s3, home)).toBe(0);
    expect(await stack.root.users.list()).not.toHaveProperty('gina');
  });

  it('waits while MinIO is away, and goes on', async () => {
    const home = await make('hans', 600);
    const gate = hold(stack.proxy, 1);
    const asked = remove(stack, 'hans');
    await gate.held;
    await stack.minio.kill();
    gate.open();
    const { status, body } = await asked;
    expect([status, body.enforced, ['pending', 'running'].includes(body.state)]).toEqual([202, true, true]);
    const shown = (await stack.admin.get(`/admin/deletions/${body.id}`)).body;
    expect(shown.last_error).toMatch(/./);
    await stack.minio.start();
    expect(await ended(stack, body.id)).toMatchObject({ state: 'completed', failed: 0, last_error: null });
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('waits for MinIO with the removal, too: nothing goes before access has ended', async () => {
    const home = await make('ines', 5);
    stack.proxy.fail((call) => userOf(call) === 'ines', 'drop');
    const { status, body } = await remove(stack, 'ines');
    expect([status, body]).toEqual([
      202,
      { id: expect.any(String), state: 'pending', deleted: 0, failed: 0, enforced: false },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await s3.list(BUCKET, home)).toHaveLength(6);
    stack.proxy.reset();
    expect(await ended(stack, body.id)).toMatchObject({ state: 'completed', deleted: 6 });
    expect(await versionsBelow(s3, home)).toBe(0);
  });

  it('stops in order when the service is told to, and goes on with the next', async () => {
    const home = await make('jule', 600);
    const gate = hold(stack.proxy, 1);
    const asked = remove(stack, 'jule').catch(() => undefined);
    await gate.held;
    const id = await idOf(stack, 'jule');
    const stopping = stack.service.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    gate.open();
    expect(await stopping).toBe(0);
    await asked;
    stack.proxy.reset();
    await stack.startService();
    expect(await ended(stack, id)).toMatchObject({ state: 'completed', failed: 0 });
    expect(await versionsBelow(s3, home)).toBe(0);
  });
});

(hasPostgres() ? describe : describe.skip)('deletion with two replicas', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
  }, START_MS);
  afterAll(() => fleet?.stop());

  it('is run by one of them, and taken over by the other when that one dies', async () => {
    const [one, other] = [await fleet.add(), await fleet.add()];
    const token = 'token-of-an-administrator';
    const user = fleet.person('kim');
    await one.service.request('POST', `/users/${user}`, { token: `token-of-${user}` });
    const s3 = new S3(fleet.minio);
    await putAll(s3, numbered(homeOf(user), 600));
    const gates = [one, other].map(({ proxy }) => hold(proxy, 1));
    void one.service.request('DELETE', `/admin/users/${user}?data=delete`, { token }).catch(() => undefined);
    await Promise.race(gates.map(({ held }) => held));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const working = [one, other].filter(({ proxy }) => proxy.calls.some(isDelete));
    expect(working).toHaveLength(1);
    const [left] = [one, other].filter((each) => each !== working[0]);
    await working[0]?.service.kill();
    working[0]?.proxy.reset();
    for (const gate of gates) gate.open();
    const done = async () => {
      const [row] = await fleet.query(`select state from data_deletion where subject_name = '${user}'`);
      return row?.state === 'completed';
    };
    await waitFor('the other replica to finish', done, { everyMs: 250, timeoutMs: 40_000 });
    expect(left?.proxy.calls.some(isDelete)).toBe(true);
    expect(await versionsBelow(s3, homeOf(user))).toBe(0);
    s3.close();
  });
});
