import { waitFor } from '../../../scripts/child.mjs';
import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { outcome } from '../../support/access/s3.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { BUCKET, type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const FILE = 'reference/lake/x';
const MAP = '/lake/{group}={group},/lake/{group}/admins={group}:owner,/lake/{group}/guests={group}:reader';

describe('groups of a login', () => {
  let stack: Stack;
  let issuer: Issuer;
  /** Seconds since 1970: each token is issued a second after the one before. */
  let clock = Math.floor(Date.now() / 1000) - 3000;

  beforeAll(async () => {
    issuer = await Issuer.start();
    stack = await startStack({
      env: {
        ...NO_LIMITS,
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'o-',
        GROUPS_FROM: 'oidc:groups',
        GROUPS_FROM_MAP: MAP,
      },
    });
    // the first user makes the bucket
    await stack.person('maker').post('/users/maker');
    await stack.rootS3.put(BUCKET, FILE, 'x');
    const grants = [{ path: `s3a://${BUCKET}/reference/lake/`, permission: 'write' }];
    for (const name of ['Aa', 'Bb', 'Cc']) await stack.admin.post(`/groups/${name}`, { grants });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await issuer?.stop();
  });

  /** A new login of somebody, whose token is later than all before. */
  async function login(
    name: string,
    groups?: unknown,
    claims: Record<string, unknown> = {},
  ): Promise<Caller> {
    clock += 1;
    const token = await issuer.token({
      preferred_username: name,
      iat: clock,
      azp: 'lake',
      groups,
      ...claims,
    });
    return stack.caller(token);
  }
  const path = (...groups: string[]) => groups.map((group) => `/lake/${group}`);
  const groupsOf = async (name: string): Promise<string[]> =>
    (await stack.admin.get(`/users/o-${name}`)).body.groups.map(
      ({ group_name, role }: any) => `${group_name} ${role}`,
    );
  /** Logs in and tells the groups from then on. */
  async function after(name: string, groups?: unknown, claims?: Record<string, unknown>): Promise<string[]> {
    expect((await (await login(name, groups, claims)).get('/me')).status).toBe(200);
    return groupsOf(name);
  }
  /** Who has groups again does not count for the brake. */
  const regain = (name: string) => after(name, path('Cc'));
  const shown = async (name: string) => (await stack.admin.get(`/admin/users/o-${name}/login-groups`)).body;
  const check = async () =>
    (await stack.admin.get('/admin/doctor')).body.checks.find(({ name }: any) => name === 'login_groups');
  const eventsOf = async (user: string): Promise<string[]> => {
    const { items } = (await stack.admin.get(`/admin/audit?actor=o-${user}&limit=100`)).body;
    return items
      .filter(({ action }: any) => action.startsWith('membership.'))
      .map(({ action, subject_name, detail }: any) =>
        [action.slice('membership.login_'.length), subject_name, detail.role ?? detail.reason].join(' '),
      )
      .reverse();
  };

  it('are memberships from the first call on, and S3 knows them', async () => {
    const alice = await login('alice', path('Aa', 'Bb/admins', 'Nowhere', 'everyone'));
    const made = await alice.post('/users/o-alice');
    expect([made.status, made.body.groups]).toEqual([
      201,
      [
        { group_name: 'Aa', role: 'member' },
        { group_name: 'Bb', role: 'owner' },
      ],
    ]);
    const s3 = stack.s3(made.body);
    await waitFor('the groups in MinIO', async () => (await outcome(() => s3.get(BUCKET, FILE))) === 'ok');
    const { members } = (await stack.admin.get('/groups/Aa')).body;
    const since = expect.stringMatching(/Z$/);
    expect(members).toEqual([
      { user_name: 'o-alice', role: 'member', given_by: ['login'], since, added_by: null },
    ]);
    expect(await eventsOf('alice')).toEqual(['given Aa member', 'given Bb owner']);
    expect(await shown('alice')).toMatchObject({
      source: 'oidc',
      dry_run: false,
      groups: [
        { group_name: 'Aa', role: 'member', state: 'given' },
        { group_name: 'Bb', role: 'owner', state: 'given' },
        { group_name: 'Nowhere', role: 'member', state: 'missing' },
      ],
      ending: [],
      waits: null,
    });
    expect(await check()).toMatchObject({
      verdict: 'warning',
      detail: expect.stringContaining('Nowhere (1 people)'),
    });
  });

  it('follow the next login: given, changed, ended, with S3', async () => {
    const bob = await login('bob', path('Aa', 'Bb'));
    const { body } = await bob.post('/users/o-bob');
    const s3 = stack.s3(body);
    await waitFor(
      'the groups in MinIO',
      async () => (await outcome(() => s3.put(BUCKET, FILE, 'x'))) === 'ok',
    );
    expect(await after('bob', path('Bb/guests', 'Cc/guests'))).toEqual(['Bb reader', 'Cc reader']);
    expect([
      await outcome(() => s3.get(BUCKET, FILE)),
      await outcome(() => s3.put(BUCKET, FILE, 'y')),
    ]).toEqual(['ok', 'AccessDenied']);
    expect(await after('bob', ['/other'])).toEqual([]);
    expect(await outcome(() => s3.get(BUCKET, FILE))).toBe('AccessDenied');
    expect(await eventsOf('bob')).toEqual([
      'given Aa member',
      'given Bb member',
      'ended Aa member',
      'changed Bb reader',
      'given Cc reader',
      'ended Bb reader',
      'ended Cc reader',
    ]);
    await regain('bob');
  });

  it('never take what people or roles gave, and change no role given by hand', async () => {
    await after('carol', ['/other']);
    await stack.admin.post('/groups/Aa/members', { user_name: 'o-carol', role: 'reader' });
    await stack.admin.put('/roles/r', { entitlements: [{ type: 'group', group: 'Bb', role: 'reader' }] });
    const { body } = await stack.admin.post('/provision', { userId: 'o-carol', roles: ['r'] });
    await waitFor('the role', async () => (await groupsOf('carol')).length === 2);
    expect(body.status).toBeDefined();
    expect(await after('carol', path('Aa/admins', 'Bb', 'Cc'))).toEqual([
      'Aa reader',
      'Bb member',
      'Cc member',
    ]);
    expect(await after('carol', ['/other'])).toEqual(['Aa reader', 'Bb reader']);
    // what a role gave ends with the role, what the login gives stays
    await after('carol', path('Bb'));
    await stack.admin.post('/provision', { userId: 'o-carol', roles: [] });
    await waitFor('the end of the role', async () => (await groupsOf('carol')).includes('Bb member'));
    expect(await groupsOf('carol')).toEqual(['Aa reader', 'Bb member']);
  });

  it('become ordinary memberships when an owner gives them, too', async () => {
    await after('dora', path('Aa', 'Bb'));
    await stack.admin.post('/groups/Aa/members', { user_name: 'o-dora', role: 'member' });
    // a list of all members as they are changes nobody's
    const { body } = await stack.admin.get('/groups/Bb');
    const members = body.members
      .filter(({ role }: any) => role === 'member')
      .map(({ user_name }: any) => user_name);
    await stack.admin.post('/groups/Bb', { members });
    expect(await after('dora', ['/other'])).toEqual(['Aa member']);
    await regain('dora');
  });

  it('that an owner took away stay away until a login without them', async () => {
    await after('emil', path('Aa', 'Bb'));
    expect((await stack.admin.delete('/groups/Aa/members/o-emil')).status).toBeLessThan(300);
    expect(await after('emil', path('Aa', 'Bb'))).toEqual(['Bb member']);
    expect(await after('emil', path('Aa/admins', 'Bb'))).toEqual(['Bb member']);
    expect((await shown('emil')).groups[0]).toEqual({ group_name: 'Aa', role: 'owner', state: 'taken_away' });
    expect(await after('emil', path('Bb'))).toEqual(['Bb member']);
    expect(await after('emil', path('Aa', 'Bb'))).toEqual(['Aa member', 'Bb member']);
  });

  it('of an earlier token count no more after a later one', async () => {
    const early = await login('fred', path('Aa', 'Bb'));
    expect(await after('fred', path('Bb'))).toEqual(['Bb member']);
    expect((await early.get('/me')).body.groups ?? []).not.toContainEqual(
      expect.objectContaining({ group_name: 'Aa' }),
    );
    expect(await groupsOf('fred')).toEqual(['Bb member']);
  });

  it('are given when the group is made after the login that named it', async () => {
    expect(await after('gina', path('Later'))).toEqual([]);
    await stack.admin.post('/groups/Later', {});
    expect(await after('gina', path('Later'))).toEqual(['Later member']);
    await stack.admin.delete('/admin/groups/Later');
    await stack.admin.post('/groups/Later', {});
    expect(await after('gina', path('Later'))).toEqual(['Later member']);
  });

  it('stay as they are when a token does not say, or says it in another form', async () => {
    expect(await after('hans', path('Aa'))).toEqual(['Aa member']);
    for (const claims of [
      { azp: 'other', groups: undefined },
      { groups: 7 },
      { groups: [{ name: '/lake/Bb' }] },
    ])
      expect(await after('hans', undefined, claims)).toEqual(['Aa member']);
    expect(stack.allLogs()).toContain('the claim groups of GROUPS_FROM');
  });

  it('stay after one login that suddenly names none, until another one confirms it', async () => {
    await after('ida', path('Aa', 'Bb'));
    const first = await login('ida', []);
    await first.get('/me');
    expect(await groupsOf('ida')).toEqual(['Aa member', 'Bb member']);
    expect(await shown('ida')).toMatchObject({ waits: 'second_answer', groups: [], ending: [{}, {}] });
    // groups again: all is as before, and the next empty answer is a first one again
    expect(await after('ida', path('Aa', 'Bb'))).toEqual(['Aa member', 'Bb member']);
    expect(await after('ida', [])).toEqual(['Aa member', 'Bb member']);
    // Keycloak leaves out a claim that is empty
    expect(await after('ida', undefined)).toEqual([]);
    expect(await eventsOf('ida')).toEqual([
      'given Aa member',
      'given Bb member',
      'waits o-ida second_answer',
      'waits o-ida second_answer',
      'ended Aa member',
      'ended Bb member',
    ]);
    await regain('ida');
  });

  it('are not lost by more than a few people a day: then nobody loses them, and the doctor says so', async () => {
    const people = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (const name of people) await after(name, path('Cc'));
    for (const name of people) await after(name, ['/renamed/Cc']);
    const left = ['Cc member'];
    expect(await Promise.all(people.map(groupsOf))).toEqual([[], [], left, left, left]);
    expect((await shown('p5')).waits).toBe('brake');
    expect(await check()).toMatchObject({
      verdict: 'failed',
      detail: expect.stringContaining('keep their memberships'),
    });
    for (const name of people) expect(await after(name, path('Cc'))).toEqual(['Cc member']);
    expect((await shown('p5')).waits).toBeNull();
    expect((await check()).verdict).not.toBe('failed');
  });

  it('of many requests at once are followed once', async () => {
    const kim = await login('kim', path('Aa'));
    const answers = await Promise.all(Array.from({ length: 20 }, () => kim.get('/me')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await eventsOf('kim')).toEqual(['given Aa member']);
  });

  it('are recorded before the administrator lets them count', async () => {
    await stack.restart({ GROUPS_FROM_DRY_RUN: 'true' });
    await after('lena', path('Aa'));
    expect(await after('kim', path('Bb'))).toEqual(['Aa member']);
    expect(await groupsOf('lena')).toEqual([]);
    expect(await shown('kim')).toMatchObject({
      dry_run: true,
      groups: [{ group_name: 'Bb', role: 'member', state: 'planned' }],
      ending: [{ group_name: 'Aa', role: 'member' }],
    });
    expect((await check()).detail).toContain('Dry run');
    await stack.restart({ GROUPS_FROM_DRY_RUN: 'false' });
    expect(await after('kim', path('Bb'))).toEqual(['Bb member']);
    expect(await after('lena', path('Aa'))).toEqual(['Aa member']);
  });
});

describe('custom roles of KBase', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, GROUPS_FROM: 'kbase' } });
    stack.kbase.cachefor = 1;
    for (const name of ['KBase', 'BER', 'VIP']) await stack.admin.post(`/groups/${name}`, {});
  }, START_MS);
  afterAll(() => stack?.stop());

  const groupsOf = async (name: string): Promise<string[]> =>
    (await stack.admin.get(`/users/${name}`)).body.groups.map(({ group_name }: any) => group_name);
  /** The person's roles from now on, seen with the next check of the token. */
  async function roles(name: string, customroles: string[]): Promise<string[]> {
    const token = stack.person(name).token;
    stack.kbase.setToken(token, { user: name, customroles, roles: [{ id: 'VIP', desc: 'built in' }] });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await stack.person(name).get('/me')).status).toBe(200);
    return groupsOf(name);
  }

  it('are memberships, and built-in roles are not', async () => {
    expect(await roles('alice', ['KBase', 'BER', 'MINIO_USER'])).toEqual(['BER', 'KBase']);
    expect(await roles('alice', ['BER'])).toEqual(['BER']);
    // one empty answer changes nothing, and neither does the same token's next one at once
    expect(await roles('alice', [])).toEqual(['BER']);
    expect(await roles('alice', [])).toEqual(['BER']);
    const other = stack.caller('Z'.repeat(32));
    stack.kbase.setToken(other.token, { user: 'alice', customroles: [] });
    await other.get('/me');
    expect(await groupsOf('alice')).toEqual([]);
  });

  it('stay while KBase is away', async () => {
    expect(await roles('bob', ['KBase'])).toEqual(['KBase']);
    stack.kbase.fault = 500;
    expect((await stack.person('bob').get('/me')).status).toBe(503);
    stack.kbase.fault = undefined;
    expect(await groupsOf('bob')).toEqual(['KBase']);
  });
});
