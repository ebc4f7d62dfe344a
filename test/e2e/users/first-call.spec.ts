import type { Call } from '../../support/network/proxy.js';
import { outcome } from '../../support/access/s3.js';
import {
  BUCKET,
  type Caller,
  homeOf,
  type Stack,
  START_MS,
  startStack,
} from '../../support/service/stack.js';

/** Calls of a person who never asked for credentials. */
const FIRST: [string, (caller: Caller, user: string) => ReturnType<Caller['get']>][] = [
  ['me', (caller) => caller.get('/me')],
  ['shares', (caller, user) => caller.get(`/users/${user}/shares?direction=given`)],
  ['a path', (caller, user) => caller.get(`/access?path=s3a://${BUCKET}/${homeOf(user)}`)],
  ['what one reaches', (caller, user) => caller.get(`/users/${user}/access`)],
  ['keys', (caller, user) => caller.get(`/users/${user}/access-keys`)],
  ['requests', (caller) => caller.get('/access-requests?role=requester')],
  ['oneself', (caller, user) => caller.get(`/users/${user}`)],
];

describe("a person's first call", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ proxied: true });
    await stack.person('friend').post('/users/friend');
  }, START_MS);
  afterAll(() => stack?.stop());

  const inMinio = async (user: string) => user in (await stack.root.users.list());
  const reports = (user: string) => `s3a://${BUCKET}/${homeOf(user)}reports/`;

  it.each(FIRST)('makes the person known, whatever it is: %s', async (what, call) => {
    const user = `new_${what.replaceAll(' ', '_')}`;
    const answer = await call(stack.person(user), user);
    expect([what, answer.status]).toEqual([what, 200]);
    const shown = (await stack.admin.get(`/users/${user}`)).body;
    expect([shown.user_name, shown.status, shown.enforced]).toEqual([user, 'active', true]);
    expect(await inMinio(user)).toBe(false);
    const { items } = (await stack.admin.get(`/admin/audit?subject=${user}`)).body;
    expect(items.map(({ action, actor }: any) => [action, actor])).toEqual([['user.created', user]]);
  });

  it('is enough to share, to look, and to end the share', async () => {
    const anna = stack.person('anna');
    const shared = await anna.post('/users/anna/share', { path: reports('anna'), with_users: ['friend'] });
    expect([shared.status, shared.body.results[0].status]).toEqual([200, 'granted']);
    expect((await anna.get('/users/anna/shares?direction=given')).body.items).toHaveLength(1);
    const ended = await anna.post('/users/anna/unshare', { path: reports('anna') });
    expect(ended.body.results[0].status).toBe('revoked');
  });

  it('is enough to receive a share, which makes the MinIO user', async () => {
    await stack.person('berta').get('/me');
    const friend = stack.person('friend');
    const { body } = await friend.post('/users/friend/share', {
      path: reports('friend'),
      with_users: ['berta'],
    });
    expect([body.enforced, body.results[0].status]).toEqual([true, 'granted']);
    expect(await inMinio('berta')).toBe(true);
  });

  it('then creates the MinIO user with the first credentials, and its groups', async () => {
    const carla = stack.person('carla');
    await carla.get('/me');
    await stack.admin.post('/groups/Early', { members: ['carla'], owners: ['friend'] });
    expect((await carla.get('/me')).body.groups).toEqual([{ group_name: 'Early', role: 'member' }]);
    expect((await stack.root.groups.info('Early')).members).not.toContain('carla');
    const made = await carla.post('/users/carla');
    expect([made.status, made.body.created, made.body.rotated]).toEqual([201, true, false]);
    expect(await outcome(() => stack.s3(made.body).list(BUCKET, homeOf('carla')))).toBe('ok');
    expect((await stack.root.groups.info('Early')).members).toContain('carla');
    const again = await carla.post('/users/carla', { rotate: false });
    expect([again.status, again.body.created, again.body.secret_key]).toEqual([
      200,
      false,
      made.body.secret_key,
    ]);
    expect((await stack.admin.get('/users/carla')).body.enforced).toBe(true);
  });

  it('may come while somebody makes the same person', async () => {
    const first = () => stack.person('dora').get('/me');
    // MinIO is asked about the name between the look for a row and its insert
    const isLook = ({ path, query }: Call) =>
      path.endsWith('/user-info') && query.get('accessKey') === 'dora';
    stack.proxy.hook(isLook, { before: async () => void (await first()) });
    const made = await stack.admin.post('/users/dora');
    expect(stack.proxy.calls.some(isLook)).toBe(true);
    expect([made.status, made.body.created]).toEqual([201, true]);
    expect(await outcome(() => stack.s3(made.body).list(BUCKET, homeOf('dora')))).toBe('ok');
    stack.proxy.reset();
  });

  it.each<[string, (caller: Caller, user: string) => ReturnType<Caller['get']>]>([
    ['a session', (caller, user) => caller.post(`/users/${user}/sessions`)],
    ['an access key', (caller, user) => caller.post(`/users/${user}/access-keys`, { name: 'k' })],
    ['a pair', (caller, user) => caller.post(`/users/${user}`)],
  ])('is enough to be in a group: the first credentials reach what it reaches: %s', async (what, ask) => {
    const user = `member_${what.replaceAll(' ', '_')}`;
    await stack.person(user).get('/me');
    const path = `s3a://${BUCKET}/reference/${user}/`;
    const made = await stack.admin.post(`/groups/Of_${user}`, {
      members: [user],
      grants: [{ path, permission: 'write' }],
    });
    expect(made.status).toBe(201);
    const { body: keys } = await ask(stack.person(user), user);
    expect(await outcome(() => stack.s3(keys).put(BUCKET, `reference/${user}/x`))).toBe('ok');
  });

  it('gives a session of a person who only asked who they are', async () => {
    const dora = stack.person('dora');
    await dora.get('/me');
    const session = await dora.post('/users/dora/sessions');
    expect([
      session.status,
      await outcome(() => stack.s3(session.body).list(BUCKET, homeOf('dora'))),
    ]).toEqual([201, 'ok']);
  });

  it('of many at once makes one row and one event', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => stack.person('emil').get('/me')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await stack.admin.get('/admin/audit?subject=emil')).body.items).toHaveLength(1);
  });

  it('leaves a foreign MinIO user of that name alone, whatever is done to the person', async () => {
    await stack.root.users.add('fritz', { secretKey: 'chosen-by-somebody-else' });
    await stack.root.policies.attach(['readwrite'], { user: 'fritz' });
    const inMinio = async () => [
      await stack.root.users.info('fritz'),
      Object.keys(await stack.root.policies.list()),
    ];
    const before = await inMinio();
    const fritz = stack.person('fritz');
    expect((await fritz.get('/me')).status).toBe(200);
    expect((await fritz.post('/users/fritz')).body.code).toBe('user_not_adopted');
    const shared = await stack
      .person('friend')
      .post('/users/friend/share', { path: `${reports('friend')}x/`, with_users: ['fritz'] });
    expect([shared.status, shared.body.enforced]).toEqual([202, false]);
    for (const verb of ['disable', 'enable'])
      expect((await stack.admin.post(`/admin/users/fritz/${verb}`)).body.code).toBe('user_not_adopted');
    expect((await stack.admin.delete('/admin/users/fritz')).body.code).toBe('user_not_adopted');
    expect(await inMinio()).toEqual(before);
    const { foreign } = (await stack.admin.get('/admin/drift')).body;
    expect(foreign.map(({ name }: any) => name)).toContain('fritz');
    expect((await stack.admin.post('/admin/adopt', { users: ['fritz'] })).body.results[0].status).toBe(
      'adopted',
    );
    expect((await fritz.post('/users/fritz', { rotate: false })).status).toBe(200);
  });

  it('is forgotten with a removal, also of a person who has nothing in MinIO', async () => {
    await stack.person('gerda').get('/me');
    expect((await stack.admin.delete('/admin/users/gerda')).status).toBe(204);
    expect((await stack.admin.get('/users/gerda')).status).toBe(404);
    await stack.person('gerda').get('/me');
    expect((await stack.admin.get('/users/gerda')).status).toBe(200);
  });

  it('of a disabled person stays refused', async () => {
    await stack.person('hans').get('/me');
    expect((await stack.admin.post('/admin/users/hans/disable')).status).toBe(200);
    expect((await stack.person('hans').get('/me')).body.code).toBe('user_disabled');
    await stack.admin.post('/admin/users/hans/enable');
    expect((await stack.person('hans').post('/users/hans')).status).toBeLessThan(300);
  });

  it('of a service makes nobody', async () => {
    const { items } = (await stack.admin.get('/admin/users?q=service')).body;
    expect(items).toEqual([]);
  });

  it('is no drift', async () => {
    await stack.person('ida').get('/me');
    const { subjects } = (await stack.admin.get('/admin/drift')).body;
    expect((subjects ?? []).map(({ name }: any) => name)).not.toContain('ida');
  });
});
