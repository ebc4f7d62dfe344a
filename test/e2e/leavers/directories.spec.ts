import { waitFor } from '../../../scripts/child.mjs';
import {
  makeMember,
  type Member,
  namesWith,
  REFUSED,
  roundsLater,
  waitUntilSuspended,
} from '../../support/people/leavers.js';
import { type Service, startService } from '../../support/service/service.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const LOOK_UP_TOKEN = 'LOOKUPTOKENOFTHESERVICE234567ABC';
const PEOPLE = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'];
const OUT = expect.stringMatching(REFUSED);

describe('people of KBase who leave', () => {
  let stack: Stack;
  const members = new Map<string, Member>();
  const member = (name: string) => members.get(name) as Member;
  const shown = async (name: string) => (await stack.admin.get(`/users/${name}`)).body;
  const leavers = async () => (await stack.admin.get('/admin/leavers')).body;
  const kbase = async () => (await leavers()).directories[0];
  const check = async () =>
    (await stack.admin.get('/admin/doctor')).body.checks.find(({ name }: any) => name === 'leavers');
  const suspended = () => namesWith(stack, 'suspended');

  beforeAll(async () => {
    stack = await startStack({
      env: { ...NO_LIMITS, LEAVERS_INTERVAL_SECONDS: '1', KBASE_LOOKUP_TOKEN: LOOK_UP_TOKEN },
    });
    stack.kbase.cachefor = 1;
    stack.kbase.setToken(LOOK_UP_TOKEN, { user: 'leavers_service', type: 'Service' });
    stack.secrets.add('the token of look-ups', LOOK_UP_TOKEN);
    const friend = await makeMember(stack, 'friend', stack.person('friend'));
    for (const name of PEOPLE) members.set(name, await makeMember(stack, name, stack.person(name), friend));
    // whose login no directory knew is not asked about
    await stack.admin.post('/users/etl');
    await stack.admin.post('/admin/users/hal/disable');
    // logins are recorded by the end of the process at the latest
    await stack.restart();
    await waitFor('the first look-up', async () => (await kbase()).people === PEOPLE.length);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('are suspended after two rounds, which ask about nobody else', async () => {
    stack.kbase.hits.length = 0;
    await roundsLater(stack);
    expect(await suspended()).toEqual([]);
    stack.kbase.gone.add('ann');
    await waitUntilSuspended(stack, 'ann');
    expect(await member('ann').works()).toEqual([OUT, OUT, 'ok']);
    expect(await shown('ann')).toMatchObject({
      status: 'disabled',
      suspended: { reason: 'absent' },
      enforced: true,
    });
    const { items } = (await stack.admin.get('/admin/audit?subject=ann&action=user.suspended')).body;
    expect(items.map(({ actor, detail }: any) => [actor, detail])).toEqual([
      ['minio-manager', { reason: 'absent', directory: 'kbase' }],
    ]);
    expect(await namesWith(stack, 'active')).toEqual(expect.arrayContaining(['ben', 'etl', 'friend']));
    expect(await namesWith(stack, 'disabled')).toEqual(['hal']);
    const paths = new Set(
      stack.kbase.hits.filter(({ token }) => token === LOOK_UP_TOKEN).map(({ path }) => path),
    );
    expect([...paths]).toEqual(['/api/V2/users']);
  });

  it('are not back while KBase refuses the token, and are back with the first one that it knows', async () => {
    expect((await member('ann').caller.get('/credentials/aws')).status).toBe(401);
    stack.kbase.gone.delete('ann');
    await waitFor(
      'the login',
      async () => (await member('ann').caller.get('/credentials/aws')).status === 200,
      {
        timeoutMs: 15_000,
      },
    );
    expect(await member('ann').works()).toEqual(['ok', 'ok', 'ok']);
    expect(await shown('ann')).toMatchObject({ status: 'active', suspended: null, enforced: true });
    await roundsLater(stack, 3);
    expect(await suspended()).toEqual([]);
  });

  it.each([
    ['does not answer', 500 as const, '500'],
    ['cuts the connection', 'drop' as const, 'does not answer'],
    ['refuses the look-up', 403 as const, 'KBASE_LOOKUP_TOKEN'],
  ])('stay as they are while KBase %s, and the doctor warns', async (_, fault, reason) => {
    stack.kbase.gone.add('ben');
    const admin = stack.admin;
    stack.kbase.cachefor = 60_000;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await admin.get('/me');
    stack.kbase.fault = fault;
    await waitFor('the failure', async () => (await kbase()).failure !== null);
    await roundsLater(stack, 3);
    expect((await kbase()).failure).toContain(reason);
    expect(await check()).toMatchObject({ verdict: 'warning', detail: expect.stringContaining(reason) });
    stack.kbase.gone.delete('ben');
    stack.kbase.fault = undefined;
    await waitFor('the answer', async () => (await kbase()).failure === null);
    await roundsLater(stack, 3);
    expect([await suspended(), (await check()).verdict]).toEqual([[], 'ok']);
    stack.kbase.cachefor = 1;
  });

  it('stay as they are when half of all are missing, until an administrator confirms it', async () => {
    const half = ['ben', 'cat', 'dan', 'eve'];
    for (const name of half) stack.kbase.gone.add(name);
    await waitFor('the brake', async () => (await kbase()).braked !== null);
    await roundsLater(stack, 3);
    expect(await suspended()).toEqual([]);
    expect(await check()).toMatchObject({ verdict: 'warning', detail: expect.stringContaining('4 of 8') });
    const { items } = await leavers();
    expect(items.map(({ user_name, state, reason }: any) => [user_name, state, reason])).toEqual(
      half.map((name) => [name, 'due', 'absent']),
    );
    // one of them is there again
    stack.kbase.gone.delete('eve');
    stack.kbase.gone.add('fay');
    await waitFor('a look-up', async () =>
      (await leavers()).items.some(({ user_name }: any) => user_name === 'fay'),
    );
    stack.kbase.gone.delete('fay');
    await waitFor('a look-up', async () => (await leavers()).items.length === 3);
  });

  it('are let through in a big leave that is confirmed', async () => {
    for (const name of ['eve', 'fay']) stack.kbase.gone.add(name);
    const isDue = ({ items }: any, name: string) =>
      items.some((each: any) => each.user_name === name && each.state === 'due');
    await waitFor('the brake', async () => {
      const shownNow = await leavers();
      return shownNow.directories[0].braked !== null && isDue(shownNow, 'eve') && isDue(shownNow, 'fay');
    });
    const before = await suspended();
    const { status, body } = await stack.admin.post('/admin/leavers/confirm', { directory: 'kbase' });
    expect([status, body.directory, body.users >= 1]).toEqual([200, 'kbase', true]);
    await waitUntilSuspended(stack, 'ben', 'cat', 'dan', 'eve', 'fay');
    expect(before.length).toBeLessThanOrEqual(3);
    expect((await stack.admin.post('/admin/leavers/confirm', { directory: 'ldap' })).status).toBe(422);
    expect((await member('gus').caller.post('/admin/leavers/confirm', { directory: 'kbase' })).status).toBe(
      403,
    );
    stack.kbase.gone.clear();
    for (const name of ['ben', 'cat', 'dan', 'eve', 'fay']) {
      const again = () => member(name).caller.post(`/users/${name}`, { rotate: false });
      await waitFor(`the return of ${name}`, async () => (await again()).status === 200, {
        timeoutMs: 15_000,
      });
      expect(await member(name).works()).toEqual(['ok', 'ok', 'ok']);
    }
  });

  it('whom an administrator enables are not asked about until the next login', async () => {
    stack.kbase.gone.add('gus');
    await waitUntilSuspended(stack, 'gus');
    expect((await stack.admin.post('/admin/users/gus/enable')).status).toBe(200);
    await roundsLater(stack, 3);
    expect(await shown('gus')).toMatchObject({ status: 'active', suspended: null });
    stack.kbase.gone.delete('gus');
  });

  it('are looked up by one replica, which another one follows when it is killed', async () => {
    if (!stack.env.DATABASE_URL) return;
    await stack.restart({ LEAVERS_INTERVAL_SECONDS: '4' });
    const second: Service = await startService({ env: stack.env });
    try {
      stack.kbase.hits.length = 0;
      const begun = Date.now();
      const lookUps = () => stack.kbase.count('/api/V2/users');
      await waitFor('look-ups', () => lookUps() >= 3, { timeoutMs: 60_000 });
      // each interval has one, however many replicas there are
      expect(lookUps()).toBeLessThanOrEqual(Math.ceil((Date.now() - begun) / 3800) + 1);
      stack.kbase.gone.add('cat');
      await waitFor('one absence', async () => (await leavers()).items.length === 1, { timeoutMs: 30_000 });
      await stack.service.kill();
      await waitFor(
        'the suspension by the other one',
        async () =>
          (await second.request('GET', '/users/cat', { token: stack.admin.token })).body.status ===
          'disabled',
        { timeoutMs: 60_000 },
      );
      await waitFor('S3', async () => REFUSED.test((await member('cat').works())[0] ?? ''));
    } finally {
      await second.kill();
      await stack.startService();
    }
  });
});
