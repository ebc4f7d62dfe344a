import { createHash } from 'node:crypto';
import {
  daysLater,
  makeMember,
  type Member,
  namesWith,
  REFUSED,
  roundsLater,
  waitUntilSuspended,
} from '../../support/people/leavers.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const SERVICE_TOKEN = 'svc_idle-suite-token-0123456789';
const sha256 = createHash('sha256').update(SERVICE_TOKEN).digest('hex');
// nearly everybody is idle at once here, which the brake would stop
const ROUND = { LEAVERS_INTERVAL_SECONDS: '1', LEAVERS_MAX_PERCENT: '100' };
const DAY_MS = 86_400_000;

/** Every way in which a login brings somebody back. */
const WAYS: [string, (caller: Caller, name: string) => ReturnType<Caller['get']>][] = [
  ['me', (caller) => caller.get('/me')],
  ['pair', (caller, name) => caller.post(`/users/${name}`, { rotate: false })],
  ['session', (caller, name) => caller.post(`/users/${name}/sessions`)],
  ['aws', (caller) => caller.get('/credentials/aws')],
  ['key', (caller, name) => caller.post(`/users/${name}/access-keys`, { name: 'another' })],
];

describe('whoever does not log in', () => {
  let stack: Stack;
  let friend: Member;
  const members = new Map<string, Member>();
  const member = (name: string) => members.get(name) as Member;
  const shown = async (name: string) => (await stack.admin.get(`/users/${name}`)).body;
  const events = async (name: string) =>
    (await stack.admin.get(`/admin/audit?subject=${name}&limit=100`)).body.items
      .filter(({ action }: any) => /^user\.(suspended|returned)$/.test(action))
      .map(({ actor, action, detail }: any) => [actor, action, detail.reason])
      .reverse();

  beforeAll(async () => {
    const SERVICE_TOKENS = JSON.stringify([{ name: 'hub', sha256, scopes: ['credentials'] }]);
    stack = await startStack({ env: { ...NO_LIMITS, ...ROUND, SERVICE_TOKENS } });
    friend = await makeMember(stack, 'friend', stack.person('friend'));
    for (const name of [...WAYS.map(([way]) => way), 'served', 'dora', 'hand', 'wanda'])
      members.set(name, await makeMember(stack, name, stack.person(name), friend));
    await stack.admin.post('/groups/Team', { members: ['me'] });
    await stack.admin.post('/admin/users/dora/disable');
    await stack.root.users.setStatus('hand', 'disabled');
    await stack.root.users.add('robot', { secretKey: 'robot-secret' });
    await stack.admin.post('/admin/adopt', { users: ['robot'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('is shown in a dry run, and keeps everything', async () => {
    await daysLater(
      stack,
      91,
      [...members.keys(), 'robot'].filter((name) => name !== 'wanda'),
      { LEAVERS_DRY_RUN: 'true' },
    );
    await roundsLater(stack);
    const { items, dry_run } = (await stack.admin.get('/admin/leavers')).body;
    expect(dry_run).toBe(true);
    // not the one an administrator disabled, nor one who was adopted and never logged in
    expect(items.map(({ user_name }: any) => user_name)).toEqual([
      'aws',
      'hand',
      'key',
      'me',
      'pair',
      'served',
      'session',
    ]);
    expect(items[0]).toMatchObject({ state: 'due', reason: 'idle', directory: 'kbase' });
    expect(await namesWith(stack, 'suspended')).toEqual([]);
    expect(await member('me').works()).toEqual(['ok', 'ok', 'ok']);
  });

  it('is suspended: the credentials stop, what was shared stays', async () => {
    await stack.restart({ LEAVERS_DRY_RUN: 'false' });
    await waitUntilSuspended(stack, ...WAYS.map(([way]) => way), 'served');
    await roundsLater(stack);
    for (const [way] of WAYS)
      expect([way, await member(way).works()]).toEqual([
        way,
        [expect.stringMatching(REFUSED), expect.stringMatching(REFUSED), 'ok'],
      ]);
    expect(await shown('me')).toMatchObject({
      status: 'disabled',
      suspended: { reason: 'idle', since: expect.any(String) },
      groups: [{ group_name: 'Team', role: 'member' }],
      enforced: true,
    });
    expect(await events('me')).toEqual([['minio-manager', 'user.suspended', 'idle']]);
    expect(await namesWith(stack, 'disabled')).toEqual(['dora']);
    // a login must not enable somebody whom an administrator disabled in MinIO
    expect(await shown('hand')).toMatchObject({ status: 'active', suspended: null });
    expect(await namesWith(stack, 'active')).toEqual(expect.arrayContaining(['friend', 'robot', 'wanda']));
  });

  it.each(WAYS)('is back with the next login, with everything: %s', async (way, login) => {
    const { caller, works } = member(way);
    const answer = await login(caller, way);
    expect([answer.status < 300, await works()]).toEqual([true, ['ok', 'ok', 'ok']]);
    expect(await shown(way)).toMatchObject({ status: 'active', suspended: null, enforced: true });
    expect(await events(way)).toEqual([
      ['minio-manager', 'user.suspended', 'idle'],
      [way, 'user.returned', 'idle'],
    ]);
  });

  it('is back when a hub asks for the credentials, and not when an administrator changes something', async () => {
    expect(
      (await stack.admin.post('/users/served/unshare', { path: 's3a://cdm-lake/users-warehouse/served/x/' }))
        .status,
    ).toBe(200);
    expect((await shown('served')).status).toBe('disabled');
    const { status } = await stack.caller(SERVICE_TOKEN).post('/users/served', { rotate: false });
    expect([status, await member('served').works()]).toEqual([200, ['ok', 'ok', 'ok']]);
  });

  it('stays disabled if an administrator did that, before or after', async () => {
    await daysLater(stack, 91, ['me', 'dora']);
    await waitUntilSuspended(stack, 'me');
    expect((await stack.admin.post('/admin/users/me/disable')).status).toBe(200);
    for (const name of ['me', 'dora'])
      for (const [way, login] of WAYS) {
        const { status, body } = await login(stack.person(name), name);
        expect([name, way, status, body.code]).toEqual([name, way, 403, 'user_disabled']);
      }
    // enabled by hand, the time begins anew
    expect((await stack.admin.post('/admin/users/dora/enable')).status).toBe(200);
    await roundsLater(stack);
    expect(await shown('dora')).toMatchObject({ status: 'active', suspended: null });
  });

  it('is warned two weeks before, until the login counts', async () => {
    await daysLater(stack, 80, ['wanda', 'served']);
    // what a hub gets for a person counts as a login
    expect((await shown('served')).credentials_end_at).not.toBeNull();
    await stack.caller(SERVICE_TOKEN).post('/users/served', { rotate: false });
    const end = Date.parse((await shown('wanda')).credentials_end_at);
    expect(Math.round((end - Date.now()) / DAY_MS)).toBe(10);
    expect((await member('wanda').caller.get('/me')).body.credentials_end_at).toBe(
      new Date(end).toISOString(),
    );
    // the login is recorded by the end of the process at the latest
    await stack.restart();
    expect((await shown('wanda')).credentials_end_at).toBeNull();
    expect((await shown('served')).credentials_end_at).toBeNull();
    expect((await stack.person('friend').get('/me')).body.credentials_end_at).toBeNull();
  });

  it('is nobody with CREDENTIALS_MAX_IDLE_DAYS=0', async () => {
    await daysLater(stack, 3000, ['wanda'], { CREDENTIALS_MAX_IDLE_DAYS: '0' });
    await roundsLater(stack);
    expect((await stack.admin.get('/admin/leavers')).body.items).not.toContainEqual(
      expect.objectContaining({ user_name: 'wanda' }),
    );
    expect((await shown('wanda')).status).toBe('active');
  });
});
