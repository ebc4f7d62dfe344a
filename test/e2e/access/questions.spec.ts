import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const path = (key: string) => `s3a://${BUCKET}/${key}`;
const DEEP = path(`${homeOf('alice')}reports/2026/`);

describe('questions about access', () => {
  let stack: Stack;
  const as = (name: string) => stack.person(name);
  const ask = (name: string, query: Record<string, string>) =>
    as(name).get(`/access/check?${new URLSearchParams(query).toString()}`);
  const who = async (name: string, of: string) =>
    as(name).get(`/access?${new URLSearchParams({ path: of }).toString()}`);

  beforeAll(async () => {
    stack = await startStack({ env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' } });
    for (const name of ['alice', 'bob', 'carol', 'dave']) await as(name).post(`/users/${name}`);
    await stack.admin.post('/groups/KBase', { members: ['carol'], readers: ['dave'] });
    const share = (body: object) => as('alice').post('/users/alice/share', body);
    await share({ path: path(`${homeOf('alice')}reports/`), with_groups: ['KBase'], permission: 'write' });
    await share({ path: DEEP, with_users: ['bob'], reason: 'review' });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('tells the owner who reaches a path and why, by parents and groups too', async () => {
    const { status, body } = await who('alice', DEEP);
    const brief = body.principals.map((each: any) => [
      `${each.kind} ${each.name}`,
      each.permission,
      each.because.map(({ via, grant }: any) => [via, grant?.path ?? null]),
      each.member_count,
    ]);
    const reports = path(`${homeOf('alice')}reports/`);
    expect([status, brief]).toEqual([
      200,
      [
        ['group KBase', 'write', [['group KBase', reports]], 2],
        ['user alice', 'write', [['owner', null]], undefined],
        ['user bob', 'read', [['user bob', DEEP]], undefined],
      ],
    ]);
    for (const { because } of body.principals)
      for (const { statement } of because) {
        const { document } = await stack.root.policies.info(statement.policy_name);
        expect(document.Statement.length).toBeGreaterThan(statement.index);
      }
  });

  it('tells what each reason allows, and until when', async () => {
    const reports = path(`${homeOf('alice')}reports/`);
    const expires_at = '2099-01-01T00:00:00Z';
    const body = { path: reports, with_users: ['carol'], with_groups: ['everyone'] };
    await as('alice').post('/users/alice/share', body);
    await as('alice').post('/users/alice/share', {
      ...{ path: DEEP, with_users: ['carol'], permission: 'write', expires_at },
    });
    const { body: answer } = await who('alice', DEEP);
    const found = answer.principals
      .filter(({ name }: any) => name === 'carol' || name === 'everyone')
      .map(({ kind, name, permission, because }: any) => [
        `${kind} ${name}`,
        permission,
        because.map((each: any) => [each.via, each.permission, each.expires_at]),
      ]);
    const end = new Date(expires_at).toISOString();
    expect(found).toEqual([
      ['group everyone', 'read', [['everyone', 'read', undefined]]],
      [
        'user carol',
        'write',
        [
          ['user carol', 'write', end],
          ['user carol', 'read', undefined],
        ],
      ],
    ]);
    expect(JSON.stringify(answer)).not.toContain('"user_name":"everyone"');
    for (const each of [reports, DEEP])
      await as('alice').post('/users/alice/unshare', {
        ...{ path: each, from_users: ['carol'], from_groups: ['everyone'] },
      });
  });

  it('folds groups, and shows who is in one only on demand and to who may see the group', async () => {
    const groups = async (name: string, query = '') => {
      const caller = name === 'admin' ? stack.admin : as(name);
      const { body } = await caller.get(`/access?path=${encodeURIComponent(DEEP)}${query}`);
      return body.principals.filter(({ kind }: any) => kind === 'group');
    };
    expect((await as('alice').get('/groups/KBase')).status).toBe(404);
    for (const query of ['', '&expand=group']) {
      const [kbase] = await groups('alice', query);
      expect([kbase.member_count, kbase.members, JSON.stringify(kbase)]).toEqual([
        2,
        undefined,
        expect.not.stringMatching(/carol|dave/),
      ]);
    }
    const members = [
      { user_name: 'carol', role: 'member' },
      { user_name: 'dave', role: 'reader' },
    ];
    expect((await groups('admin', '&expand=group'))[0].members).toEqual(members);
    expect((await groups('admin'))[0].members).toBeUndefined();
    await stack.admin.post('/groups/KBase/members', { user_name: 'alice', role: 'member' });
    const [{ members: seen, member_count }] = await groups('alice', '&expand=group');
    expect([seen[0], member_count]).toEqual([{ user_name: 'alice', role: 'member' }, 3]);
    await stack.admin.delete('/groups/KBase/members/alice');
  });

  it('is told page by page', async () => {
    const names: string[] = [];
    for (let cursor = ''; names.length < 10;) {
      const { body } = await as('alice').get(`/access?path=${encodeURIComponent(DEEP)}&limit=1${cursor}`);
      names.push(...body.principals.map(({ name }: any) => name));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(names).toEqual(['KBase', 'alice', 'bob']);
  });

  it('is closed to others, and open to administrators', async () => {
    expect((await who('bob', DEEP)).status).toBe(404);
    expect((await who('carol', path('somewhere/else/'))).status).toBe(404);
    expect((await stack.admin.get(`/access?path=${encodeURIComponent(DEEP)}`)).status).toBe(200);
    expect((await who('alice', 's3a://cdm-lake/../x')).status).toBe(422);
  });

  it.each([
    ['bob', 'read', true],
    ['bob', 'write', false],
    ['bob', 'list', true],
    ['bob', 'delete', false],
    ['carol', 'write', true],
    ['carol', 'delete', true],
    ['dave', 'read', true],
    ['dave', 'write', false],
    ['alice', 'write', true],
  ])('%s may %s: %s', async (user, action, allowed) => {
    const { body } = await ask(user, { user, action, path: DEEP });
    expect([body.allowed, body.because.length > 0]).toEqual([allowed, allowed]);
  });

  it('answers as if somebody were in a group, to who may know', async () => {
    const question = { user: 'bob', action: 'write', path: DEEP, with_group: 'KBase' };
    expect((await ask('bob', question)).status).toBe(422);
    const query = new URLSearchParams(question).toString();
    expect((await stack.admin.get(`/access/check?${query}`)).body.allowed).toBe(true);
    expect((await ask('carol', { user: 'bob', action: 'read', path: DEEP })).status).toBe(403);
  });

  it('lists what is shared, page by page', async () => {
    const given = await as('alice').get('/users/alice/shares?limit=1');
    expect(given.body.items).toHaveLength(1);
    const next = await as('alice').get(`/users/alice/shares?limit=1&cursor=${given.body.next_cursor}`);
    expect([next.body.items.length, next.body.next_cursor]).toEqual([1, null]);
    const received = await as('bob').get('/users/bob/shares?direction=received');
    expect(received.body.items).toEqual([
      expect.objectContaining({
        path: DEEP,
        permission: 'read',
        grantee: { kind: 'user', name: 'bob' },
        granted_by: 'alice',
        origin: 'share',
        reason: 'review',
        expires_at: null,
      }),
    ]);
    expect((await as('carol').get('/users/carol/shares?direction=received')).body.items).toHaveLength(1);
    expect((await as('bob').get('/users/alice/shares')).status).toBe(403);
  });
});
