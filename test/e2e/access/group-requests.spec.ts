import { problemOf } from '../../support/service/problems.js';
import { outcome } from '../../support/access/s3.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { BUCKET, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin'];
const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];

describe.each(databases)('requests for a place in a group, on %s', (kind) => {
  let stack: Stack;
  let count = 0;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS, embedded: kind !== 'PostgreSQL' });
    await makePeople(stack, PEOPLE);
    await stack.rootS3.put(BUCKET, 'reference/a.csv', 'x');
  }, START_MS);
  afterAll(() => stack?.stop());

  const as = (name: string) => (name === 'admin' ? stack.admin : stack.person(name));
  const ask = (name: string, group: string, role = 'member', reason = 'for the work') =>
    as(name).post('/access-requests', { group, role, reason });
  const approve = (name: string, id: string, role: string, query = '') =>
    as(name).post(`/access-requests/${id}/approve${query}`, { role });
  const of = async (name: string, query: string) =>
    (await as(name).get(`/access-requests?limit=500&${query}`)).body.items;
  const membersOf = async (group: string) =>
    Object.fromEntries(
      (await stack.admin.get(`/groups/${group}`)).body.members.map(({ user_name, role }: any) => [
        user_name,
        role,
      ]),
    );
  /** A group of alice and carol, with a path. */
  const newGroup = async (more: object = {}) => {
    const name = `Team${(count += 1)}`;
    const grants = [{ path: pathOf('reference/'), permission: 'write' }];
    await stack.admin.post(`/groups/${name}`, { owners: ['alice', 'carol'], grants, ...more });
    return name;
  };

  it('approved by an owner, one is an ordinary membership', async () => {
    const group = await newGroup();
    const bob = stack.s3((await as('bob').post('/users/bob/sessions')).body);
    const read = () => outcome(() => bob.get(BUCKET, 'reference/a.csv'));
    const made = await ask('bob', group);
    expect(made).toMatchObject({
      status: 201,
      body: { group, role: 'member', requester: 'bob', state: 'open', granted: null, approvers: [] },
    });
    expect(Object.keys(made.body)).not.toEqual(expect.arrayContaining(['path']));
    const { id } = made.body;
    const again = await ask('bob', group, 'member', 'still');
    expect([again.status, again.body]).toEqual([200, { ...made.body, reason: 'still' }]);
    const seen = { ...again.body, approvers: ['alice', 'carol'] };
    for (const owner of ['alice', 'carol', 'admin'])
      expect(await of(owner, 'role=owner&state=open')).toContainEqual(seen);
    expect(await of('bob', 'role=requester')).toEqual([again.body]);
    expect(await read()).toBe('AccessDenied');
    expect(await approve('carol', id, 'member')).toMatchObject({
      status: 200,
      body: { state: 'approved', granted: 'member', decided_by: 'carol' },
    });
    expect([await read(), (await membersOf(group)).bob]).toEqual(['ok', 'member']);
    expect((await of('bob', 'role=requester'))[0].approvers).toEqual(['alice', 'carol']);
    const events = (await stack.admin.get('/admin/audit?subject=bob&limit=500')).body.items;
    const told = events.filter(({ action }: any) => /^access\./.test(action));
    expect(told.map(({ action, actor, detail }: any) => [action, actor, detail.group, detail.role])).toEqual(
      expect.arrayContaining([
        ['access.requested', 'bob', group, 'member'],
        ['access.approved', 'carol', group, 'member'],
      ]),
    );
  });

  it('tells strangers nothing: a group that is not there, or that one may not see, is answered alike', async () => {
    const group = await newGroup({ readers: ['dave'] });
    const form = ({ status, body }: any) => [status, { ...body, id: '', group: '', created_at: '' }];
    const real = await ask('bob', group);
    const none = await ask('bob', `${group}None`);
    const otherCase = await ask('bob', group.toUpperCase());
    expect(form(none)).toEqual(form(real));
    expect(form(otherCase)).toEqual(form(real));
    const { id } = real.body;
    // a member who is no owner, a stranger, the requester: there is no such request
    for (const other of ['dave', 'erin', 'bob']) {
      expect(problemOf(await approve(other, id, 'member'))).toEqual([404, 'not_found']);
      expect(problemOf(await as(other).post(`/access-requests/${id}/deny`))).toEqual([404, 'not_found']);
      expect(await of(other, 'role=owner')).toEqual([]);
    }
    for (const other of ['dave', 'erin', 'alice'])
      expect(problemOf(await as(other).post(`/access-requests/${id}/withdraw`))).toEqual([404, 'not_found']);
    // what is not there is nobody's to decide
    expect(problemOf(await approve('admin', none.body.id, 'member'))).toEqual([404, 'not_found']);
    // a group of that name that comes later was not asked for, until it is asked for again
    await stack.admin.post(`/groups/${group}None`, { owners: ['alice'] });
    expect(problemOf(await approve('alice', none.body.id, 'member'))).toEqual([404, 'not_found']);
    expect(await ask('bob', `${group}None`)).toMatchObject({ status: 200, body: { id: none.body.id } });
    expect((await approve('alice', none.body.id, 'member')).status).toBe(200);
  });

  it('gives what the approval names: what was asked for or less, and no less than what is there', async () => {
    const group = await newGroup({ members: ['dave'] });
    const { id } = (await ask('bob', group)).body;
    expect(problemOf(await approve('alice', id, 'owner'))).toEqual([409, 'request_changed']);
    for (const body of [{}, { permission: 'read' }, { role: 'boss' }])
      expect((await as('alice').post(`/access-requests/${id}/approve`, body)).status).toBe(422);
    expect((await as('alice').post(`/access-requests/${id}/approve`, { role: 1, more: 1 })).status).toBe(400);
    expect(await approve('alice', id, 'reader')).toMatchObject({
      status: 200,
      body: { role: 'member', granted: 'reader' },
    });
    expect((await membersOf(group)).bob).toBe('reader');
    const raised = (await ask('dave', group, 'owner')).body;
    expect(problemOf(await approve('alice', raised.id, 'reader'))).toEqual([409, 'request_changed']);
    expect((await membersOf(group)).dave).toBe('member');
    expect((await approve('alice', raised.id, 'owner')).body.granted).toBe('owner');
    expect((await membersOf(group)).dave).toBe('owner');
  });

  it('asked for another role, it is another request; denied or withdrawn, it gives nothing and may be made again', async () => {
    const group = await newGroup();
    const first = (await ask('bob', group, 'reader')).body;
    const second = (await ask('bob', group, 'owner')).body;
    expect(second.id).not.toBe(first.id);
    expect(problemOf(await approve('alice', first.id, 'reader'))).toEqual([409, 'request_changed']);
    expect((await as('alice').post(`/access-requests/${second.id}/deny`)).body).toMatchObject({
      state: 'denied',
      granted: null,
      decided_by: 'alice',
    });
    expect(problemOf(await approve('carol', second.id, 'owner'))).toEqual([409, 'already_decided']);
    const third = (await ask('bob', group)).body;
    expect((await as('bob').post(`/access-requests/${third.id}/withdraw`)).body).toMatchObject({
      state: 'withdrawn',
      decided_by: 'bob',
    });
    expect(problemOf(await approve('alice', third.id, 'member'))).toEqual([409, 'already_decided']);
    expect(problemOf(await as('bob').post(`/access-requests/${third.id}/withdraw`))).toEqual([
      409,
      'already_decided',
    ]);
    expect(await membersOf(group)).toEqual({ alice: 'owner', carol: 'owner' });
    expect((await of('bob', 'role=requester&state=withdrawn')).map(({ id }: any) => id)).toEqual([third.id]);
    expect((await ask('bob', group)).status).toBe(201);
  });

  it('refuses what cannot be asked', async () => {
    const group = await newGroup({ members: ['dave'] });
    const post = (body: object) => as('dave').post('/access-requests', body);
    const wrong = async (body: object) => {
      const answer = await post({ reason: 'x', ...body });
      return [answer.status, answer.body.errors?.[0]?.field];
    };
    expect(await wrong({ group, role: 'member' })).toEqual([422, 'role']);
    expect(await wrong({ group, role: 'reader' })).toEqual([422, 'role']);
    expect(await wrong({ group: 'everyone', role: 'member' })).toEqual([422, 'group']);
    expect(await wrong({ group: 'readwrite', role: 'member' })).toEqual([422, 'group']);
    expect(await wrong({ group: '1', role: 'member' })).toEqual([422, 'group']);
    expect(await wrong({ group, role: 'boss' })).toEqual([422, 'role']);
    expect(await wrong({ group, role: 'owner', path: pathOf('x/') })).toEqual([400, 'path']);
    expect(await wrong({ group, role: 'owner', reason: '' })).toEqual([422, 'reason']);
    expect((await post({ group })).status).toBe(400);
    expect((await post({})).status).toBe(400);
    expect((await post([])).status).toBe(400);
    const many = await Promise.all(Array.from({ length: 101 }, (_, index) => ask('erin', `Many${index}`)));
    expect(many.filter(({ status }) => status === 422)).toHaveLength(1);
  });

  it('is superseded when its requester comes into the group otherwise, and only by as much', async () => {
    const group = await newGroup();
    const { id } = (await ask('bob', group)).body;
    await as('alice').post(`/groups/${group}/members`, { user_name: 'bob', role: 'reader' });
    expect((await of('alice', 'state=open')).map((each: any) => each.id)).toContain(id);
    await as('alice').post(`/groups/${group}`, { members: ['bob'], readers: [] });
    expect((await of('bob', 'role=requester')).find((each: any) => each.id === id)).toMatchObject({
      state: 'superseded',
      granted: null,
      decided_at: expect.any(String),
    });
    expect(problemOf(await approve('alice', id, 'member'))).toEqual([409, 'request_changed']);
    const other = await newGroup();
    const asked = (await ask('dave', other)).body;
    const entitlements = [{ type: 'group', group: other, role: 'member' }];
    await stack.admin.put(`/roles/in-${other}`, { entitlements });
    const { headers } = await stack.admin.post('/provision', { userId: 'dave', roles: [`in-${other}`] });
    for (let state = ''; state !== 'completed';)
      state = (await stack.admin.get(String(headers.location))).body.status;
    expect((await of('dave', 'role=requester')).find(({ id }: any) => id === asked.id).state).toBe(
      'superseded',
    );
  });

  it('is decided once, however many owners do it at once', async () => {
    for (let round = 0; round < 4; round += 1) {
      const group = await newGroup();
      const asked = await Promise.all([1, 2, 3].map(() => ask('bob', group, 'owner')));
      expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
      const { id } = asked[0]?.body;
      const answers = await Promise.all([
        approve('alice', id, 'owner'),
        approve('carol', id, 'reader'),
        as('admin').post(`/access-requests/${id}/deny`),
        as('bob').post(`/access-requests/${id}/withdraw`),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
      const winner = answers.find(({ status }) => status === 200);
      expect((await membersOf(group)).bob ?? null).toBe(winner?.body.granted);
    }
  });

  it('beside the deletion of the group, or the end of its owner, gives all or nothing', async () => {
    for (let round = 0; round < 4; round += 1) {
      const group = await newGroup();
      const { id } = (await ask('bob', group)).body;
      const [approved, removed] = await Promise.all([
        approve('alice', id, 'member'),
        stack.admin.delete(`/admin/groups/${group}`),
      ]);
      expect([200, 202, 404]).toContain(approved?.status);
      expect([202, 204]).toContain(removed?.status);
      expect((await stack.admin.get(`/groups/${group}`)).status).toBe(404);
    }
    const group = await newGroup();
    const { id } = (await ask('bob', group)).body;
    const [approved] = await Promise.all([
      approve('alice', id, 'member'),
      stack.admin.post(`/groups/${group}`, { owners: ['carol'] }),
    ]);
    expect([200, 404, 403]).toContain(approved?.status);
    expect('bob' in (await membersOf(group))).toBe(approved?.status === 200);
  });

  it('goes with its group and its requester, and a group of the same name was not asked for', async () => {
    const group = await newGroup();
    const { id } = (await ask('bob', group)).body;
    await stack.admin.delete(`/admin/groups/${group}`);
    expect(problemOf(await approve('admin', id, 'member'))).toEqual([404, 'not_found']);
    expect((await of('bob', 'role=requester&state=open')).find((each: any) => each.id === id)).toMatchObject({
      group,
      state: 'open',
    });
    await stack.admin.post(`/groups/${group}`, { owners: ['alice'] });
    expect(problemOf(await approve('alice', id, 'member'))).toEqual([404, 'not_found']);
    expect((await of('alice', 'state=open')).map((each: any) => each.id)).not.toContain(id);
    await stack.person('gone').post('/users/gone');
    const last = (await ask('gone', group)).body.id;
    await stack.admin.delete('/admin/users/gone');
    expect(problemOf(await approve('alice', last, 'member'))).toEqual([404, 'not_found']);
    await stack.person('gone').post('/users/gone');
    expect(problemOf(await approve('alice', last, 'member'))).toEqual([404, 'not_found']);
    expect(await of('gone', 'role=requester')).toEqual([]);
  });

  it('waits for its requester who is disabled, and is nothing for an owner who is', async () => {
    const group = await newGroup();
    const { id } = (await ask('dave', group)).body;
    await stack.admin.post('/admin/users/dave/disable');
    await stack.admin.post('/admin/users/carol/disable');
    expect(problemOf(await ask('dave', group, 'owner'))).toEqual([403, 'user_disabled']);
    expect(problemOf(await as('dave').post(`/access-requests/${id}/withdraw`))).toEqual([
      403,
      'user_disabled',
    ]);
    expect(problemOf(await approve('carol', id, 'member'))).toEqual([403, 'user_disabled']);
    expect((await of('alice', 'state=open')).find((each: any) => each.id === id).approvers).toEqual([
      'alice',
    ]);
    expect((await approve('alice', id, 'member')).status).toBe(200);
    const read = async () =>
      outcome(async () => {
        const { body } = await as('dave').post('/users/dave/sessions');
        return stack.s3(body).get(BUCKET, 'reference/a.csv');
      });
    expect(await read()).not.toBe('ok');
    for (const name of ['dave', 'carol']) await stack.admin.post(`/admin/users/${name}/enable`);
    expect(await read()).toBe('ok');
  });

  it('?dry_run=true of a decision shows what it would do, and does nothing', async () => {
    const group = await newGroup();
    const { id } = (await ask('bob', group)).body;
    const before = await stack.state();
    const plan = await approve('alice', id, 'reader', '?dry_run=true');
    expect([plan.status, plan.body]).toEqual([
      200,
      {
        dry_run: true,
        plan: [
          {
            change: 'add_member',
            target: `group ${group}`,
            before: null,
            after: { user_name: 'bob', role: 'reader' },
          },
        ],
      },
    ]);
    const whole = await approve('admin', id, 'member', '?dry_run=true');
    expect(whole.body.plan.map(({ change, target }: any) => `${change} ${target}`)).toEqual([
      `add_members group ${group}`,
    ]);
    const deny = (name: string) => as(name).post(`/access-requests/${id}/deny?dry_run=true`);
    for (const name of ['alice', 'admin'])
      expect((await deny(name)).body).toEqual({ dry_run: true, plan: [] });
    for (const answer of [await approve('bob', id, 'member', '?dry_run=true'), await deny('dave')])
      expect(problemOf(answer)).toEqual([404, 'not_found']);
    expect(problemOf(await approve('alice', id, 'owner', '?dry_run=true'))).toEqual([409, 'request_changed']);
    expect(await stack.state()).toEqual(before);
    expect((await of('alice', 'state=open')).map((each: any) => each.id)).toContain(id);
    await as('alice').post(`/access-requests/${id}/deny`);
    expect(problemOf(await deny('alice'))).toEqual([409, 'already_decided']);
    expect(problemOf(await approve('alice', id, 'member', '?dry_run=true'))).toEqual([
      409,
      'already_decided',
    ]);
  });
});
