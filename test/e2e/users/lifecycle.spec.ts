import { outcome } from '../../support/access/s3.js';
import {
  BUCKET,
  type Caller,
  homeOf,
  type Stack,
  START_MS,
  startStack,
} from '../../support/service/stack.js';
import { newDatabase } from '../../support/servers/worker-postgres.js';

const REFUSED = /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch)$/;

/** Every way to get credentials. */
const LOGINS: [string, (caller: Caller, user: string) => ReturnType<Caller['get']>][] = [
  ['rotate', (caller, user) => caller.post(`/users/${user}`)],
  ['session', (caller, user) => caller.post(`/users/${user}/sessions`)],
  ['access key', (caller, user) => caller.post(`/users/${user}/access-keys`, { name: 'k' })],
  ['aws', (caller) => caller.get('/credentials/aws')],
];
const PRESENT: (typeof LOGINS)[number] = [
  'present pair',
  (caller, user) => caller.post(`/users/${user}`, { rotate: false }),
];

describe('life of a user', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  }, START_MS);
  afterAll(() => stack?.stop());

  const statusOf = async (user: string) => (await stack.root.users.info(user)).status;
  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));

  /** A user with one credential of each kind and a file. */
  async function make(user: string) {
    const caller = stack.person(user);
    const pair = (await caller.post(`/users/${user}`)).body;
    const session = (await caller.post(`/users/${user}/sessions`)).body;
    const key = (await caller.post(`/users/${user}/access-keys`, { name: 'tool' })).body;
    await stack.s3(pair).put(BUCKET, `${homeOf(user)}kept.txt`, 'kept');
    const works = async () => [await lists(user, pair), await lists(user, session), await lists(user, key)];
    expect(await works()).toEqual(['ok', 'ok', 'ok']);
    return { caller, pair, session, key, works };
  }
  const none = [REFUSED, REFUSED, REFUSED].map((each) => expect.stringMatching(each));

  async function expectLogins(user: string, logins: typeof LOGINS, status: number, code: string) {
    for (const [what, login] of logins) {
      const answer = await login(stack.person(user), user);
      expect([what, answer.status, answer.body.code]).toEqual([what, status, code]);
    }
  }

  describe('disabled', () => {
    it('has no credential that works and gets none, until enabled again', async () => {
      const { pair, session, key, works, caller } = await make('ann');
      for (let time = 0; time < 2; time++) {
        const { status, body } = await stack.admin.post('/admin/users/ann/disable');
        expect([status, body]).toEqual([200, { enforced: true }]);
        expect([await works(), await statusOf('ann')]).toEqual([none, 'disabled']);
      }
      await expectLogins('ann', [...LOGINS, PRESENT], 403, 'user_disabled');
      expect((await caller.get('/users/ann')).body.code).toBe('user_disabled');
      const shown = (await stack.admin.get('/users/ann')).body;
      expect([shown.status, shown.enforced]).toEqual(['disabled', true]);
      expect(await works()).toEqual(none);
      for (let time = 0; time < 2; time++) {
        expect((await stack.admin.post('/admin/users/ann/enable')).body).toEqual({ enforced: true });
        expect(await statusOf('ann')).toBe('enabled');
      }
      expect([await lists('ann', pair), await lists('ann', key)]).toEqual(['ok', 'ok']);
      expect(await lists('ann', session)).toMatch(REFUSED);
      expect((await caller.post('/users/ann', { rotate: false })).body.secret_key).toBe(pair.secret_key);
      for (const [what, login] of LOGINS)
        expect([what, (await login(caller, 'ann')).status < 300]).toEqual([what, true]);
    });

    it('is not found when it was never created', async () => {
      for (const verb of ['disable', 'enable']) {
        const { status, body } = await stack.admin.post(`/admin/users/nobody/${verb}`);
        expect([status, body.code]).toEqual([404, 'not_found']);
      }
    });

    it('by hand in MinIO stays so through every login, until an administrator enables it', async () => {
      const { caller, pair } = await make('ben');
      await stack.root.users.setStatus('ben', 'disabled');
      await expectLogins('ben', LOGINS, 403, 'user_disabled');
      await caller.post('/users/ben', { rotate: false });
      await caller.post('/users/ben', { rotate: false, revoke_sessions: true });
      expect(await statusOf('ben')).toBe('disabled');
      expect((await caller.get('/users/ben')).body.enforced).toBe(false);
      expect((await stack.admin.post('/admin/users/ben/enable')).body).toEqual({ enforced: true });
      expect([await statusOf('ben'), await lists('ben', pair)]).toEqual(['enabled', 'ok']);
      expect((await caller.post('/users/ben/sessions')).status).toBe(201);
    });
  });

  describe('deleted', () => {
    it('leaves nothing in MinIO but its data, and inherits nothing when it is created again', async () => {
      const { caller, pair, works } = await make('cat');
      const policies = async () =>
        Object.keys(await stack.root.policies.list()).filter((name) => name.includes('cat'));
      expect(await policies()).toEqual(['mgr:user:cat:0']);
      for (let time = 0; time < 2; time++) {
        const answer = await stack.admin.delete('/admin/users/cat');
        expect([answer.status, answer.body]).toEqual([204, '']);
      }
      expect(await stack.root.users.list()).not.toHaveProperty('cat');
      expect([await policies(), await works()]).toEqual([[], none]);
      expect((await stack.admin.get('/users/cat')).status).toBe(404);
      expect((await stack.admin.get('/admin/users?q=cat')).body.items).toEqual([]);
      expect(await stack.rootS3.get(BUCKET, `${homeOf('cat')}kept.txt`)).toBe('kept');
      const again = await caller.post('/users/cat');
      expect([again.status, again.body.created]).toEqual([201, true]);
      expect(again.body.secret_key).not.toBe(pair.secret_key);
      expect(await works()).toEqual(none);
      const session = (await caller.post('/users/cat/sessions')).body;
      expect([await lists('cat', again.body), await lists('cat', session)]).toEqual(['ok', 'ok']);
      expect(await works()).toEqual(none);
      expect((await caller.get('/users/cat/access-keys')).body.items).toEqual([]);
    });

    it.each(['session', 'aws'])('is created again by %s, and inherits nothing', async (how) => {
      const user = `again_${how}`;
      const { caller, works } = await make(user);
      await stack.admin.delete(`/admin/users/${user}`);
      const login = LOGINS.find(([name]) => name === how)![1];
      expect((await login(caller, user)).status).toBeLessThan(300);
      expect(await works()).toEqual(none);
    });

    it('has ended its sessions in MinIO itself: they stay ended when somebody makes the name anew there', async () => {
      const { session } = await make('col');
      await stack.admin.delete('/admin/users/col');
      await stack.root.users.add('col', { secretKey: 'made-by-hand-012' });
      await stack.root.policies.attach(['readwrite'], { user: 'col' });
      expect(await lists('col', { access_key: 'col', secret_key: 'made-by-hand-012' })).toBe('ok');
      expect(await lists('col', session)).toMatch(REFUSED);
      await stack.root.users.remove('col');
    });

    it('while it was disabled, is active when it is created again', async () => {
      const { caller, works } = await make('dan');
      await stack.admin.post('/admin/users/dan/disable');
      expect((await stack.admin.delete('/admin/users/dan')).status).toBe(204);
      const { status, body } = await caller.post('/users/dan');
      expect([status, await lists('dan', body), await works()]).toEqual([201, 'ok', none]);
    });

    it('takes data=keep, which is the default, and nothing unknown', async () => {
      await make('eva');
      expect((await stack.admin.delete('/admin/users/eva?data=everything')).status).toBe(422);
      expect((await stack.admin.delete('/admin/users/eva?force=1')).status).toBe(400);
      expect(await statusOf('eva')).toBe('enabled');
      expect((await stack.admin.delete('/admin/users/eva?data=keep')).status).toBe(204);
      expect(await stack.rootS3.get(BUCKET, `${homeOf('eva')}kept.txt`)).toBe('kept');
    });
  });

  describe('changed by hand in MinIO', () => {
    it('heals at the next session when its secret was changed', async () => {
      const { caller, pair } = await make('fay');
      await stack.root.users.add('fay', { secretKey: 'set-by-hand-0123' });
      expect(await lists('fay', pair)).toMatch(REFUSED);
      const { status, body } = await caller.post('/users/fay/sessions');
      expect([status, await lists('fay', body), await lists('fay', pair)]).toEqual([201, 'ok', 'ok']);
      expect(await lists('fay', { access_key: 'fay', secret_key: 'set-by-hand-0123' })).toMatch(REFUSED);
    });

    it.each(LOGINS)(
      'is there again after %s when it was removed, without its old session',
      async (how, login) => {
        const user = `gus_${how.replace(' ', '_')}`;
        const { caller, session, key } = await make(user);
        await stack.root.users.remove(user);
        expect((await login(caller, user)).status).toBeLessThan(300);
        const { body: fresh } = await caller.post(`/users/${user}`, { rotate: false });
        expect(await lists(user, fresh)).toBe('ok');
        expect([await lists(user, session), await lists(user, key)]).toEqual(none.slice(1));
      },
    );

    it('says so in GET, and gets its policy back with the next rotation', async () => {
      const { caller } = await make('hal');
      await stack.root.policies.set([], { user: 'hal' });
      await stack.root.policies.remove('mgr:user:hal:0');
      expect((await caller.get('/users/hal')).body.enforced).toBe(false);
      const { body } = await caller.post('/users/hal');
      expect([await lists('hal', body), (await caller.get('/users/hal')).body.enforced]).toEqual([
        'ok',
        true,
      ]);
    });
  });

  it('goes on with an emptied database: whatever comes next takes the user up again', async () => {
    const made = [];
    for (const user of ['ida', 'jon', 'kim', 'leo', 'mia']) made.push(await make(user));
    await stack.root.users.setStatus('kim', 'disabled');
    await stack.restart((await newDatabase()).env);
    expect((await stack.admin.get('/users/ida')).status).toBe(404);
    const pair = (await stack.person('ida').post('/users/ida', { rotate: false })).body;
    expect([pair.created, await lists('ida', pair)]).toEqual([false, 'ok']);
    expect(await lists('ida', made[0]?.pair)).toMatch(REFUSED);
    const session = (await stack.person('jon').post('/users/jon/sessions')).body;
    expect(await stack.s3(session).get(BUCKET, `${homeOf('jon')}kept.txt`)).toBe('kept');
    await expectLogins('kim', LOGINS, 403, 'user_disabled');
    expect(await statusOf('kim')).toBe('disabled');
    expect((await stack.admin.delete('/admin/users/leo')).status).toBe(204);
    expect(await stack.root.users.list()).not.toHaveProperty('leo');
    await stack.person('leo').post('/users/leo');
    expect(await made[3]?.works()).toEqual(none);
    const mia = stack.person('mia');
    expect((await mia.delete(`/users/mia/access-keys/${made[4]?.key.access_key}`)).status).toBe(204);
    expect((await mia.delete('/users/mia/sessions')).status).toBe(204);
    expect((await made[4]?.works())?.slice(1)).toEqual(none.slice(1));
  });
});
