import { carriedOut, heldBy, type Planned, writesOf, writesPlanned } from '../../support/access/dry-runs.js';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { type Caller, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const REPORTS = pathOf(`${homeOf('alice')}reports/`);
const X = pathOf(`${homeOf('alice')}x`);
const REFERENCE = { path: pathOf('reference/'), permission: 'write' };

/** By whom, how, what, with what; then the plan in short, in its order. */
type Step = [string, 'POST' | 'DELETE', string, object | undefined, string[]];

const puts = (...names: string[]) => names.map((name) => `put_policy policy mgr:${name}`);
const drops = (...names: string[]) => names.map((name) => `remove_policy policy mgr:${name}`);

const PEOPLE_AND_GROUPS = ['alice', 'bob', 'carol', 'dave', 'KBase'];

/** One after another: each is announced, then done. */
const STEPS: Step[] = [
  [
    ...(['alice', 'POST', '/users/alice/share'] as const),
    { path: REPORTS, with_users: ['bob', 'nobody'] },
    [...puts('user:bob:1'), 'set_policies user bob'],
  ],
  ['alice', 'POST', '/users/alice/share', { path: REPORTS, with_users: ['bob'] }, []],
  [
    ...(['alice', 'POST', '/users/alice/share'] as const),
    { path: REPORTS, with_users: ['bob'], permission: 'write', expires_at: '2099-01-01T00:00:00Z' },
    puts('user:bob:1'),
  ],
  [
    ...(['alice', 'POST', '/users/alice/share'] as const),
    { path: X, with_users: ['bob', 'carol'] },
    [...puts('user:bob:1'), ...puts('user:carol:1'), 'set_policies user carol'],
  ],
  [
    ...(['admin', 'POST', '/groups/KBase'] as const),
    { members: ['bob'], readers: ['carol'], owners: ['alice'], grants: [REFERENCE] },
    [
      ...puts('group:KBase:0', 'group:KBase:1'),
      ...['add_members group KBase', 'set_policies group KBase', 'add_members group KBase'],
      ...puts('readers:KBase:0', 'readers:KBase:1'),
      ...['add_members', 'set_policies', 'add_members'].map((change) => `${change} group mgr:readers:KBase`),
    ],
  ],
  [
    ...(['alice', 'POST', '/users/alice/share'] as const),
    { path: X, with_groups: ['KBase'], permission: 'write' },
    puts('group:KBase:1', 'readers:KBase:1'),
  ],
  ['alice', 'POST', '/groups/KBase', { description: 'told to nobody in MinIO' }, []],
  [
    ...(['alice', 'POST', '/groups/KBase'] as const),
    { members: ['dave'] },
    ['remove_members group KBase', 'add_members group KBase'],
  ],
  [
    ...(['alice', 'POST', '/groups/KBase/members'] as const),
    { user_name: 'dave', role: 'reader' },
    ['remove_members group KBase', 'add_members group mgr:readers:KBase'],
  ],
  ['alice', 'DELETE', '/groups/KBase/members/nobody', undefined, []],
  ['alice', 'DELETE', '/groups/KBase/members/dave', undefined, ['remove_members group mgr:readers:KBase']],
  [
    ...(['alice', 'DELETE', '/groups/KBase/members/carol'] as const),
    undefined,
    [
      ...['remove_members', 'set_policies', 'remove_group'].map(
        (change) => `${change} group mgr:readers:KBase`,
      ),
      ...drops('readers:KBase:1', 'readers:KBase:0'),
    ],
  ],
  ['alice', 'POST', '/users/alice/unshare', { path: X, from_groups: ['KBase'] }, puts('group:KBase:1')],
  [
    ...(['alice', 'POST', '/users/alice/unshare'] as const),
    { path: X },
    [...puts('user:bob:1'), 'set_policies user carol', ...drops('user:carol:1')],
  ],
  ['alice', 'POST', '/users/alice/unshare', { path: X }, []],
  [
    ...(['admin', 'POST', '/groups/KBase'] as const),
    { grants: [] },
    ['set_policies group KBase', ...drops('group:KBase:1')],
  ],
  [
    'admin',
    'POST',
    '/admin/users/bob/disable',
    undefined,
    ['disable_user user bob', 'revoke_sessions sessions of bob'],
  ],
  ['admin', 'POST', '/admin/users/bob/enable', undefined, ['enable_user user bob']],
  [
    ...(['admin', 'DELETE', '/admin/groups/KBase'] as const),
    undefined,
    [
      ...['remove_members', 'set_policies', 'remove_group'].map((change) => `${change} group KBase`),
      ...drops('group:KBase:0'),
    ],
  ],
  ['admin', 'DELETE', '/admin/groups/KBase', undefined, []],
];

describe('?dry_run=true', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, proxied: true });
    await makePeople(stack, ['alice', 'bob', 'carol', 'dave']);
  }, START_MS);
  afterAll(() => stack?.stop());

  const as = (name: string): Caller => (name === 'admin' ? stack.admin : stack.person(name));
  const ask = (caller: Caller, method: string, path: string, body?: object) =>
    method === 'POST' ? caller.post(path, body) : caller.delete(path);

  /** The plan, from a request that must change nothing. */
  async function rehearse(name: string, method: string, path: string, body?: object): Promise<Planned[]> {
    const before = await stack.state();
    const { status, body: answer } = await ask(as(name), method, `${path}?dry_run=true`, body);
    expect([path, status, answer]).toEqual([path, 200, { dry_run: true, plan: expect.any(Array) }]);
    for (const change of answer.plan)
      expect(Object.keys(change).sort()).toEqual(['after', 'before', 'change', 'target']);
    expect(await stack.state()).toEqual(before);
    return answer.plan;
  }

  it.each(STEPS)('by %s: %s %s %j', async (name, method, path, body, short) => {
    // whole plans are for administrators
    const plan = await rehearse('admin', method, path, body);
    // one subject after another, in whatever order
    const subject = (line: string) =>
      PEOPLE_AND_GROUPS.find((each) => line.split(/[ :]/).includes(each)) ?? '';
    const lines = plan.map(({ change, target }) => `${change} ${target}`);
    expect(lines.sort((a, b) => subject(a).localeCompare(subject(b)))).toEqual(short);
    const expected = carriedOut(await heldBy(stack.root), plan);
    stack.proxy.reset();
    const { status } = await ask(as(name), method, `${path}?dry_run=false`, body);
    expect([200, 201, 204, 207]).toContain(status);
    expect(writesOf(stack.proxy.calls).sort()).toEqual(writesPlanned(plan).sort());
    expect(await heldBy(stack.root)).toEqual(expected);
  });

  it('of everyone, who was not there before', async () => {
    const body = { path: X, with_groups: ['everyone'] };
    const plan = await rehearse('admin', 'POST', '/users/alice/share', body);
    const expected = carriedOut(await heldBy(stack.root), plan);
    expect(expected['group mgr:everyone'].members).toEqual(['alice', 'bob', 'carol', 'dave']);
    expect((await as('alice').post('/users/alice/share', body)).status).toBe(200);
    expect(await heldBy(stack.root)).toEqual(expected);
    expect(await rehearse('admin', 'POST', '/users/alice/share', body)).toEqual([]);
    expect(await rehearse('alice', 'POST', '/users/alice/share', body)).toEqual([]);
  });

  it('of a user who shared, was shared with, and is in a group', async () => {
    await stack.admin.post('/groups/BER', { members: ['carol', 'dave'] });
    await as('carol').post('/users/carol/share', {
      path: pathOf(`${homeOf('carol')}x/`),
      ...{ with_users: ['dave'], with_groups: ['BER', 'everyone'] },
    });
    await as('alice').post('/users/alice/share', { path: X, with_users: ['carol'] });
    const plan = await rehearse('admin', 'DELETE', '/admin/users/carol');
    const expected = carriedOut(await heldBy(stack.root), plan);
    expect((await stack.admin.delete('/admin/users/carol')).status).toBe(204);
    // MinIO takes a user that goes out of its groups itself
    for (const each of Object.values(expected))
      if (each.members) each.members = each.members.filter((member: string) => member !== 'carol');
    expect(await heldBy(stack.root)).toEqual(expected);
    expect(await rehearse('admin', 'DELETE', '/admin/users/carol')).toEqual([]);
  });

  it('of a user of this service whose row was lost, which keeps nothing of the dry run', async () => {
    const { document } = await stack.root.policies.info('mgr:user:dave:0');
    await stack.root.policies.put('mgr:user:lost:0', document);
    await stack.root.users.add('lost', { secretKey: 'made-by-hand-012' });
    await stack.root.policies.attach(['mgr:user:lost:0'], { user: 'lost' });
    const plan = await rehearse('admin', 'DELETE', '/admin/users/lost');
    expect(plan.map(({ change }) => change)).toContain('remove_user');
    const expected = carriedOut(await heldBy(stack.root), plan);
    expect((await stack.admin.get('/admin/audit?subject=lost')).body.items).toEqual([]);
    expect((await stack.admin.delete('/admin/users/lost')).status).toBe(204);
    expect(await heldBy(stack.root)).toEqual(expected);
  });

  it("shows a person their own grants and groups, never a document or somebody else's", async () => {
    await stack.admin.post('/groups/Own', { owners: ['alice'], members: ['dave'], grants: [REFERENCE] });
    const secret = pathOf(`${homeOf('dave')}secret/`);
    const mine = pathOf(`${homeOf('alice')}mine/`);
    const targets = { with_users: ['bob'], with_groups: ['Own'] };
    await as('dave').post('/users/dave/share', { path: secret, ...targets });
    const given = {
      path: mine,
      permission: 'read',
      origin: 'share',
      granted_by: 'alice',
      reason: 'review',
    };
    const grant = { ...given, expires_at: null };
    const share = { path: mine, ...targets, reason: 'review' };
    const asked: [string, 'POST' | 'DELETE', object | undefined, object[]][] = [
      [
        '/users/alice/share',
        'POST',
        share,
        ['group Own', 'user bob'].map((target) => ({
          change: 'add_grant',
          target,
          before: null,
          after: grant,
        })),
      ],
      ['/users/alice/share', 'POST', share, []],
      [
        '/users/alice/share',
        'POST',
        { ...share, with_groups: [], permission: 'write' },
        [
          {
            ...{ change: 'change_grant', target: 'user bob' },
            before: grant,
            after: { ...grant, permission: 'write' },
          },
        ],
      ],
      [
        '/users/alice/unshare',
        'POST',
        { path: mine, from_groups: ['Own'] },
        [{ change: 'remove_grant', target: 'group Own', before: grant, after: null }],
      ],
      [
        '/groups/Own/members',
        'POST',
        { user_name: 'dave', role: 'reader' },
        [
          {
            ...{ change: 'change_role', target: 'group Own' },
            before: { user_name: 'dave', role: 'member' },
            after: { user_name: 'dave', role: 'reader' },
          },
        ],
      ],
      [
        '/groups/Own',
        'POST',
        { members: ['bob'] },
        [
          {
            ...{ change: 'add_member', target: 'group Own' },
            before: null,
            after: { user_name: 'bob', role: 'member' },
          },
        ],
      ],
      [
        '/groups/Own/members/bob',
        'DELETE',
        undefined,
        [
          {
            ...{ change: 'remove_member', target: 'group Own' },
            before: { user_name: 'bob', role: 'member' },
            after: null,
          },
        ],
      ],
    ];
    for (const [path, method, body, expected] of asked) {
      const plan = await rehearse('alice', method, path, body);
      expect([path, plan.sort((a, b) => (a.target < b.target ? -1 : 1))]).toEqual([path, expected]);
      expect(JSON.stringify(plan)).not.toMatch(/secret|Statement|document|mgr:|reference/);
      expect((await ask(as('alice'), method, path, body)).status).toBeLessThan(300);
    }
    for (const path of [secret, mine])
      for (const name of ['alice', 'dave']) await as(name).post(`/users/${name}/unshare`, { path });
    await stack.admin.delete('/admin/groups/Own');
  });

  it.each<[string, 'POST' | 'DELETE', string, object | undefined]>([
    ['alice', 'POST', '/users/alice/share', { path: REPORTS, with_users: ['bob'] }],
    ['alice', 'POST', '/users/alice/unshare', { path: REPORTS }],
    ['admin', 'POST', '/groups/BER', { members: [] }],
    ['admin', 'POST', '/groups/BER/members', { user_name: 'bob', role: 'owner' }],
    ['admin', 'DELETE', '/groups/BER/members/dave', undefined],
    ['admin', 'POST', '/admin/users/dave/disable', undefined],
    ['admin', 'POST', '/admin/users/dave/enable', undefined],
    ['admin', 'DELETE', '/admin/users/dave', undefined],
    ['admin', 'DELETE', '/admin/groups/BER', undefined],
  ])('is true or false, and nothing else: by %s: %s %s', async (name, method, path, body) => {
    const before = await stack.state();
    for (const query of ['=maybe', '=', '', '=1', '=TRUE', '=true&dry_run=false', '=null', '[]=true']) {
      const answer = await ask(as(name), method, `${path}?dry_run${query}`, body);
      expect([query, problemOf(answer)[0]]).toEqual([query, 400]);
    }
    expect(await stack.state()).toEqual(before);
  });

  it('is refused as the change itself is', async () => {
    const before = await stack.state();
    const refused: [string, string, string, object | undefined, number][] = [
      ['bob', 'POST', '/users/alice/share', { path: REPORTS, with_users: ['bob'] }, 403],
      ['alice', 'POST', '/users/alice/share', { path: 's3a://other/x', with_users: ['bob'] }, 422],
      ['dave', 'POST', '/groups/BER', { members: ['alice'] }, 403],
      ['alice', 'POST', '/groups/Unknown', {}, 404],
      ['admin', 'POST', '/groups/BER', { members: ['nobody'] }, 422],
      ['admin', 'POST', '/groups/ber', {}, 409],
      ['admin', 'POST', '/groups/everyone', {}, 422],
      ['admin', 'POST', '/admin/users/ghost/disable', undefined, 404],
      ['alice', 'DELETE', '/admin/groups/BER', undefined, 403],
    ];
    for (const [name, method, path, body, status] of refused) {
      const answer = await ask(as(name), method, `${path}?dry_run=true`, body);
      expect([name, path, problemOf(answer)[0]]).toEqual([name, path, status]);
    }
    const stale = { headers: { 'if-match': '"stale"' } };
    expect(problemOf(await stack.admin.post('/groups/BER?dry_run=true', {}, stale))[0]).toBe(412);
    expect(await stack.state()).toEqual(before);
  });
});
