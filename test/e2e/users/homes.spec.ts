import { CreateBucketCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3';
import { ended, remove } from '../../support/people/deletions.js';
import { outcome } from '../../support/access/s3.js';
import { sessionOf } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SQL = 'users-sql-warehouse';
const GENERAL = 'users-general-warehouse';
const PLACES = [
  ['cdm-lake', SQL],
  ['cdm-lake', GENERAL],
  ['cdm-spark', 'logs/jobs'],
] as const;
const prefixes = (...places: (readonly [string, string])[]) =>
  places.map((place) => place.join('/')).join(',');
const pathsOf = (user: string) => PLACES.map((place) => `s3a://${place.join('/')}/${user}/`);
/** What an S3 client may do in each of the homes of a user: write, read again and list. */
const uses = (stack: Stack, credentials: never, user: string) =>
  Promise.all(
    PLACES.map(([bucket, root]) => {
      const client = stack.s3(credentials);
      const key = `${root}/${user}/x`;
      return outcome(async () => {
        await client.put(bucket, key, user);
        await client.get(bucket, key);
        await client.list(bucket, `${root}/${user}/`);
      });
    }),
  );

describe('several homes a user', () => {
  let stack: Stack;
  const pairOf = async (user: string) =>
    (await stack.person(user).post(`/users/${user}`, { rotate: false })).body;
  const DENIED = 'AccessDenied';

  beforeAll(async () => {
    stack = await startStack({ env: { USERS_PREFIX: SQL, SWEEP_INTERVAL_SECONDS: '0' } });
    await stack.rootS3.client.send(
      new CreateBucketCommand({ Bucket: 'cdm-lake', ObjectLockEnabledForBucket: true }),
    );
    for (const user of ['alice', 'bob', 'carol']) await stack.person(user).post(`/users/${user}`);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('reach a user who has one at the next login, with a marker and a bucket', async () => {
    await stack.restart({ HOME_PREFIXES: prefixes(...PLACES) });
    const alice = await pairOf('alice');
    expect(alice).toMatchObject({ created: false, rotated: false, home_path: pathsOf('alice')[0] });
    expect(await uses(stack, alice as never, 'alice')).toEqual(['ok', 'ok', 'ok']);
    for (const [bucket, root] of PLACES)
      expect(await stack.rootS3.list(bucket, `${root}/alice/`)).toContain(`${root}/alice/`);
    const carol = await sessionOf(stack, 'carol');
    expect(await outcome(() => carol.put('cdm-spark', 'logs/jobs/carol/x'))).toBe('ok');
  });

  it('reach everybody else by the check of what MinIO holds', async () => {
    const drift = await stack.admin.get('/admin/drift');
    const differing = drift.body.subjects.filter(({ name }: { name: string }) => name === 'bob');
    expect(differing).toHaveLength(1);
    await stack.admin.post('/admin/reconcile');
    expect((await stack.admin.get('/admin/drift')).body.subjects).toEqual([]);
    expect(await stack.rootS3.list('cdm-spark', 'logs/jobs/bob/')).toEqual(['logs/jobs/bob/']);
    expect(await uses(stack, (await pairOf('bob')) as never, 'bob')).toEqual(['ok', 'ok', 'ok']);
  });

  it('are told, and belong to nobody else', async () => {
    const { body: me } = await stack.person('alice').get('/me');
    expect(me).toMatchObject({ home_path: pathsOf('alice')[0], home_paths: pathsOf('alice') });
    const { body: user } = await stack.admin.get('/users/alice');
    expect(user).toMatchObject({ home_paths: pathsOf('alice'), enforced: true });
    const { body: dave } = await stack.person('dave').get('/me');
    expect(dave.home_paths).toEqual(pathsOf('dave'));
    expect(await uses(stack, (await pairOf('bob')) as never, 'alice')).toEqual([DENIED, DENIED, DENIED]);
  });

  it('are shared from, asked about and listed in each', async () => {
    for (const [bucket, root] of PLACES) {
      const path = `s3a://${bucket}/${root}/alice/shared/`;
      await stack.rootS3.put(bucket, `${root}/alice/shared/there`, 'x');
      const shared = await stack.person('alice').post('/users/alice/share', { path, with_users: ['bob'] });
      expect([shared.status, shared.body.enforced]).toEqual([200, true]);
      const bob = stack.s3(await pairOf('bob'));
      expect(await outcome(() => bob.get(bucket, `${root}/alice/shared/there`))).toBe('ok');
      const { body } = await stack.person('alice').get(`/access?path=${encodeURIComponent(path)}`);
      expect(body.principals.map(({ name }: { name: string }) => name)).toEqual(['alice', 'bob']);
      const asked = `/access/check?user=alice&action=write&path=${encodeURIComponent(path)}`;
      expect((await stack.person('alice').get(asked)).body).toMatchObject({
        allowed: true,
        because: [{ via: 'owner' }],
      });
    }
    const { body } = await stack.person('alice').get('/users/alice/access');
    expect(body.items.map(({ path }: { path: string }) => path)).toEqual(pathsOf('alice').sort());
    const below = await stack.admin.get(
      `/access?below=true&path=${encodeURIComponent('s3a://cdm-spark/logs/')}`,
    );
    expect(below.body.principals.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['alice', 'bob', 'carol']),
    );
  });

  it('may be given to groups, in every bucket of them', async () => {
    const grants = [{ path: 's3a://cdm-spark/shared/', permission: 'read' }];
    expect((await stack.admin.post('/groups/KBase', { members: ['bob'], grants })).status).toBe(201);
  });

  it('are taken again by the configuration; what was shared there can still be ended', async () => {
    const path = `s3a://cdm-spark/logs/jobs/alice/shared/`;
    await stack.restart({ HOME_PREFIXES: prefixes(PLACES[0], PLACES[1]) });
    const alice = await pairOf('alice');
    expect(await uses(stack, alice as never, 'alice')).toEqual(['ok', 'ok', DENIED]);
    await stack.admin.post('/admin/reconcile');
    expect(await uses(stack, (await pairOf('carol')) as never, 'carol')).toEqual(['ok', 'ok', DENIED]);
    const person = stack.person('alice');
    const key = 'logs/jobs/alice/shared/there';
    const bob = stack.s3(await pairOf('bob'));
    expect(await outcome(() => bob.get('cdm-spark', key))).toBe('ok');
    expect((await person.post('/users/alice/share', { path, with_users: ['carol'] })).status).toBe(422);
    expect((await stack.person('carol').post('/users/carol/unshare', { path })).status).toBe(422);
    const { status, body } = await person.post('/users/alice/unshare', { path });
    expect([status, body.results]).toEqual([200, [{ kind: 'user', name: 'bob', status: 'revoked' }]]);
    expect(await outcome(() => bob.get('cdm-spark', key))).toBe(DENIED);
    expect((await person.post('/users/alice/unshare', { path })).status).toBe(422);
  });

  it('are all emptied when a user is removed with the data', async () => {
    await stack.restart({ HOME_PREFIXES: prefixes(...PLACES) });
    await pairOf('alice');
    const answer = await remove(stack, 'alice');
    const state = answer.status === 202 ? (await ended(stack, answer.body.id)).state : 'completed';
    expect(state).toBe('completed');
    for (const [bucket, root] of PLACES) {
      expect(await stack.rootS3.list(bucket, `${root}/alice/`)).toEqual([]);
      expect(await stack.rootS3.list(bucket, `${root}/bob/`)).not.toEqual([]);
    }
  });

  it('are emptied except for what is locked in one of them', async () => {
    await pairOf('carol');
    const s3 = stack.rootS3;
    const locked = { Bucket: 'cdm-lake', Key: `${SQL}/carol/locked` };
    for (const [bucket, root] of PLACES) await s3.put(bucket, `${root}/carol/locked`);
    const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 86_400_000) } as const;
    await s3.client.send(new PutObjectRetentionCommand({ ...locked, Retention }));
    const answer = await remove(stack, 'carol');
    expect([answer.status, answer.body.state, answer.body.failed]).toEqual([202, 'failed', 1]);
    const left = await Promise.all(PLACES.map(([bucket, root]) => s3.list(bucket, `${root}/carol/`)));
    expect(left).toEqual([[`${SQL}/carol/`, locked.Key], [], []]);
    const shown = await stack.admin.get(`/admin/deletions/${answer.body.id}`);
    expect(shown.body).toMatchObject({ prefix: `${SQL}/carol/`, paths: pathsOf('carol'), failed: 1 });

    const free = { ...locked, Retention: {}, BypassGovernanceRetention: true };
    await s3.client.send(new PutObjectRetentionCommand(free));
    expect((await remove(stack, 'carol')).status).toBe(204);
    expect(await s3.list('cdm-lake', `${SQL}/carol/`)).toEqual([]);
  });
});
