import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];
const PROFILE = {
  display_name: 'Materials Lab',
  website: 'https://lab.example.org:8443/about?of=us#top',
  description: 'Alloys and more',
  organization: 'Institute of Metals',
};

/** Bodies that break a rule: what is wrong, status, field. */
const BODIES: [string, object, number, string][] = [
  ['a long name', { display_name: 'x'.repeat(101) }, 422, 'display_name'],
  ['a name with NUL', { display_name: 'a\0b' }, 422, 'display_name'],
  ['a number as the name', { display_name: 1 }, 400, 'display_name'],
  ['null as the name', { display_name: null }, 400, 'display_name'],
  ['a long website', { website: `https://x.org/${'x'.repeat(500)}` }, 422, 'website'],
  ...['javascript:alert(1)', 'ftp://x.org', 'x.org', '//x.org', 'https://', 'https://bank.org@x.org/'].map(
    (website): [string, object, number, string] => [website, { website }, 422, 'website'],
  ),
  ...[
    'https://x.org/"><b>',
    'https://x.org/a b',
    ' https://x.org',
    'https://x.org\n',
    'https://x.org/\0',
  ].map((website): [string, object, number, string] => [
    JSON.stringify(website),
    { website },
    422,
    'website',
  ]),
  ['a long organization', { organization: 'x'.repeat(101) }, 422, 'organization'],
  ['an organization with NUL', { organization: 'a\0b' }, 422, 'organization'],
  ['null as the organization', { organization: null }, 400, 'organization'],
  ['null as the website', { website: null }, 400, 'website'],
  ['a text in place of true', { joinable: 'true' }, 400, 'joinable'],
  ['null in place of true', { joinable: null }, 400, 'joinable'],
];

describe.each(databases)('groups as people find them, on %s', (kind) => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, embedded: kind !== 'PostgreSQL' });
    await makePeople(stack, ['alice', 'bob', 'carol', 'dave']);
    await stack.admin.post('/groups/Lab', { owners: ['alice'], members: ['bob'], ...PROFILE });
    await stack.admin.post('/groups/Hidden', { owners: ['alice'], readers: ['bob'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const as = (name: string) => (name === 'admin' ? stack.admin : stack.person(name));
  const list = async (name: string, query = '') => (await as(name).get(`/groups${query}`)).body.items;
  const names = async (name: string, query = '') =>
    (await list(name, query)).map((each: any) => each.group_name);
  const set = (name: string, body: object, group = 'Lab') => as(name).post(`/groups/${group}`, body);

  it('a group has a name for people and a website, which its owners set and its members see', async () => {
    expect((await as('bob').get('/groups/Lab')).body).toMatchObject({ ...PROFILE, joinable: false });
    expect((await as('bob').get('/groups/Hidden')).body).toMatchObject({
      ...{ display_name: null, website: null, description: null, organization: null },
      joinable: false,
    });
    const other = { display_name: 'The Lab', website: 'http://lab.example.org' };
    expect(problemOf(await set('bob', other))).toEqual([403, 'forbidden']);
    expect(problemOf(await set('carol', other))).toEqual([404, 'not_found']);
    const before = await as('alice').get('/groups/Lab');
    expect(await set('alice', other)).toMatchObject({ status: 200, body: { ...PROFILE, ...other } });
    const after = await as('alice').get('/groups/Lab');
    expect(after.headers.etag).not.toBe(before.headers.etag);
    expect(problemOf(await stack.admin.post('/groups/Lab', PROFILE, ifMatch(before.headers.etag)))).toEqual([
      412,
      'precondition_failed',
    ]);
    // the same again changes nothing
    expect((await set('alice', other)).headers.etag).toBe(after.headers.etag);
    expect((await set('alice', { display_name: ' ', website: '', organization: ' ' })).body).toMatchObject({
      ...{ display_name: null, website: null, organization: null, description: PROFILE.description },
    });
    await set('alice', PROFILE);
    const { items } = (await stack.admin.get('/admin/groups?q=Lab')).body;
    expect(items).toMatchObject([{ ...PROFILE, joinable: false, member_count: 2 }]);
    const events = (await stack.admin.get('/admin/audit?subject=Lab&limit=500')).body.items;
    expect(events.filter(({ action }: any) => action === 'group.changed')[0]).toMatchObject({
      ...{ actor: 'alice', detail: { fields: expect.arrayContaining(['display_name', 'website']) } },
    });
  });

  it.each(BODIES)('refuses %s, and changes nothing', async (_, body, status, field) => {
    const before = await as('alice').get('/groups/Lab');
    const answer = await set('alice', body);
    expect([answer.status, answer.body.errors.map((each: any) => each.field)]).toEqual([status, [field]]);
    const { headers, body: now } = await as('alice').get('/groups/Lab');
    expect([headers.etag, now]).toEqual([before.headers.etag, before.body]);
  });

  it('everybody finds the joinable groups, and only them', async () => {
    expect(await list('carol', '?joinable=true')).toEqual([]);
    expect(problemOf(await set('bob', { joinable: true }))).toEqual([403, 'forbidden']);
    expect((await set('alice', { joinable: true })).body.joinable).toBe(true);
    const seen = { group_name: 'Lab', ...PROFILE, joinable: true, owners: ['alice'], member_count: 2 };
    expect(await list('carol', '?joinable=true')).toEqual([{ ...seen, role: null, request: null }]);
    expect(await list('bob', '?joinable=true')).toEqual([{ ...seen, role: 'member', request: null }]);
    expect(await names('admin', '?joinable=true')).toEqual(['Lab']);
    // the group itself is still for its members only
    expect(problemOf(await as('carol').get('/groups/Lab'))).toEqual([404, 'not_found']);
    expect(await names('carol')).toEqual([]);
    expect(await list('bob')).toMatchObject([
      { group_name: 'Hidden', role: 'reader', joinable: false, owners: ['alice'], member_count: 2 },
      { ...seen, role: 'member' },
    ]);
    await stack.admin.post('/admin/users/alice/disable');
    expect((await list('carol', '?joinable=true'))[0].owners).toEqual([]);
    await stack.admin.post('/admin/users/alice/enable');
    expect((await set('alice', { joinable: false })).body.joinable).toBe(false);
    expect(await list('carol', '?joinable=true')).toEqual([]);
  });

  it('lists them by pages, and refuses what is no page', async () => {
    const made = ['Open_a', 'Open_b', 'Open_c'];
    for (const name of made) await set('admin', { joinable: true, members: ['dave'] }, name);
    for (const query of ['joinable=true', '']) {
      const first = (await as('dave').get(`/groups?${query}&limit=2`)).body;
      const rest = (await as('dave').get(`/groups?${query}&limit=2&cursor=${first.next_cursor}`)).body;
      const shown = [...first.items, ...rest.items].map((each: any) => each.group_name);
      expect([shown, rest.next_cursor]).toEqual([made, null]);
    }
    for (const [query, status] of [
      ['joinable=yes', 400],
      ['joinable=1', 400],
      ['limit=0', 422],
      ['cursor=%21', 422],
      ['role=owner', 400],
    ] as const)
      expect([query, (await as('dave').get(`/groups?${query}`)).status]).toEqual([query, status]);
    // a removed group is gone, and one of its name that comes later is not joinable
    await stack.admin.delete('/admin/groups/Open_b');
    expect(await names('carol', '?joinable=true')).toEqual(['Open_a', 'Open_c']);
    const again = (await set('admin', { members: ['dave'] }, 'Open_b')).body;
    expect(again).toMatchObject({ joinable: false, display_name: null, website: null });
    expect(await names('carol', '?joinable=true')).toEqual(['Open_a', 'Open_c']);
    for (const name of made) await stack.admin.delete(`/admin/groups/${name}`);
  });

  it('an outsider asks to join, sees who decides, and is in it when they have', async () => {
    const ask = (group: string, role = 'member') =>
      as('carol').post('/access-requests', { group, role, reason: 'for the work' });
    await set('alice', { joinable: true });
    const made = await ask('Lab');
    expect(made).toMatchObject({ status: 201, body: { group: 'Lab', state: 'open', approvers: ['alice'] } });
    const { id, created_at } = made.body;
    const request = { id, role: 'member', created_at };
    expect(await list('carol', '?joinable=true')).toMatchObject([{ role: null, request }]);
    // others do not see it
    expect(await list('dave', '?joinable=true')).toMatchObject([{ role: null, request: null }]);
    expect(problemOf(await as('dave').post(`/access-requests/${id}/approve`, { role: 'member' }))).toEqual([
      404,
      'not_found',
    ]);
    const approved = await as('alice').post(`/access-requests/${id}/approve`, { role: 'member' });
    expect(approved.status).toBe(200);
    expect(await list('carol', '?joinable=true')).toMatchObject([{ role: 'member', request: null }]);
    const member = (await as('carol').get('/groups/Lab')).body.members.find(
      ({ user_name }: any) => user_name === 'carol',
    );
    expect(member).toMatchObject({ role: 'member', added_by: 'alice' });
    await as('alice').delete('/groups/Lab/members/carol');
    // not joinable any more, it is answered as one that is not there
    await ask('Lab', 'reader');
    await set('alice', { joinable: false });
    const form = ({ status, body }: any) => [status, { ...body, id: '', group: '', created_at: '' }];
    const again = await ask('Lab', 'owner');
    expect(form(again)).toEqual(form(await ask('NoSuchGroup', 'owner')));
    expect(form(again)).toMatchObject([201, { approvers: [] }]);
    const own = (await as('carol').get('/access-requests?role=requester&state=open')).body.items;
    expect(own.map(({ approvers }: any) => approvers)).toEqual([[], []]);
  });

  it('members are told since when they have their role, and by whom', async () => {
    const since = async (name: string) =>
      (await as('admin').get('/groups/Team')).body.members.find(({ user_name }: any) => user_name === name);
    await set('admin', { owners: ['alice'], members: ['bob'] }, 'Team');
    const [alice, bob] = [await since('alice'), await since('bob')];
    expect([alice.added_by, bob.added_by]).toEqual(['admin', 'admin']);
    for (const { since: at } of [alice, bob]) expect(new Date(at).toISOString()).toBe(at);
    await as('alice').post('/groups/Team/members', { user_name: 'carol', role: 'reader' });
    const carol = await since('carol');
    expect(carol).toMatchObject({ role: 'reader', added_by: 'alice' });
    // whoever gives the same again has not given it, and the others keep theirs
    await stack.admin.post('/groups/Team/members', { user_name: 'carol', role: 'reader' });
    await set('admin', { readers: ['carol', 'dave'], members: ['bob'] }, 'Team');
    expect([await since('carol'), await since('bob'), await since('alice')]).toEqual([carol, bob, alice]);
    // another role is given anew
    await as('alice').post('/groups/Team/members', { user_name: 'bob', role: 'owner' });
    const promoted = await since('bob');
    expect(promoted).toMatchObject({ role: 'owner', added_by: 'alice' });
    expect(promoted.since > bob.since).toBe(true);
  });
});

const ifMatch = (tag: string | undefined) => ({ headers: { 'if-match': tag ?? '' } });
