import { problemOf } from '../../support/service/problems.js';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const path = (key: string) => `s3a://${BUCKET}/${key}`;
const REPORTS = path(`${homeOf('alice')}reports/`);
const OBJECT = `${homeOf('alice')}reports/q1.csv`;

describe('requests for access', () => {
  let stack: Stack;
  const as = (name: string) => stack.person(name);
  const ask = (name: string, body: object = {}) =>
    as(name).post('/access-requests', {
      path: REPORTS,
      permission: 'read',
      reason: 'for the review',
      ...body,
    });

  const given = async (to: string) =>
    (await as('alice').get('/users/alice/shares?limit=500')).body.items
      .filter((each: { path: string }) => each.path === to)
      .map((each: { permission: string }) => each.permission);

  beforeAll(async () => {
    stack = await startStack({ env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' } });
    for (const name of ['alice', 'bob', 'carol']) await as(name).post(`/users/${name}`);
    await stack.rootS3.put(BUCKET, OBJECT, 'numbers');
  }, START_MS);
  afterAll(() => stack?.stop());

  it('approved by the owner of the path, a request is an ordinary share', async () => {
    const bob = stack.s3((await as('bob').post('/users/bob/sessions')).body);
    const read = () => outcome(() => bob.get(BUCKET, OBJECT));
    const made = await ask('bob');
    expect([made.status, made.body.state, made.body.requester]).toEqual([201, 'open', 'bob']);
    const again = await ask('bob', { reason: 'still for the review' });
    expect([again.status, again.body.id, again.body.reason]).toEqual([
      200,
      made.body.id,
      'still for the review',
    ]);
    expect((await as('alice').get('/access-requests?role=owner')).body.items).toEqual([again.body]);
    expect((await as('bob').get('/access-requests?role=requester')).body.items).toEqual([again.body]);
    const { id } = made.body;
    for (const other of ['bob', 'carol'])
      expect((await as(other).post(`/access-requests/${id}/approve`, { permission: 'read' })).status).toBe(
        404,
      );
    expect(await read()).toBe('AccessDenied');
    const approved = await as('alice').post(`/access-requests/${id}/approve`, {
      permission: 'read',
      expires_at: '2099-01-01T00:00:00Z',
    });
    expect(approved).toMatchObject({
      status: 200,
      body: { state: 'approved', granted: 'read', decided_by: 'alice', approvers: ['alice'] },
    });
    expect(await read()).toBe('ok');
    const [share] = (await as('alice').get('/users/alice/shares')).body.items;
    expect(share).toMatchObject({ path: REPORTS, reason: 'still for the review', origin: 'share' });
    expect((await as('alice').post(`/access-requests/${id}/deny`)).body.code).toBe('already_decided');
  });

  it('denied, it gives nothing, and may be made again', async () => {
    const { id } = (await ask('carol', { permission: 'write' })).body;
    expect((await as('alice').post(`/access-requests/${id}/deny`)).body.state).toBe('denied');
    expect((await as('alice').post(`/access-requests/${id}/approve`, { permission: 'read' })).body.code).toBe(
      'already_decided',
    );
    expect((await as('carol').get('/users/carol/shares?direction=received')).body.items).toEqual([]);
    expect((await ask('carol')).status).toBe(201);
  });

  it('tells nobody whether an owner exists, and refuses what cannot be asked', async () => {
    expect((await ask('bob', { path: path(`${homeOf('nobody')}x/`) })).status).toBe(201);
    for (const wrong of [
      path(homeOf('alice')),
      path('somewhere/else/'),
      path(`${homeOf('bob')}x/`),
      's3a://x',
    ])
      expect((await ask('bob', { path: wrong })).status).toBe(422);
    expect((await ask('bob', { reason: '' })).status).toBe(422);
    expect((await ask('bob', { permission: 'own' })).status).toBe(422);
    expect((await as('alice').post('/access-requests/nothing/approve', { permission: 'read' })).status).toBe(
      404,
    );
    expect((await stack.admin.get('/access-requests')).body.items.length).toBeGreaterThanOrEqual(3);
  });

  describe('that was raised', () => {
    let count = 0;
    const folder = () => path(`${homeOf('alice')}raised${(count += 1)}/`);
    const approve = (id: string, body: object) => as('alice').post(`/access-requests/${id}/approve`, body);

    it('is another request: who approves what was read before gives nothing', async () => {
      const to = folder();
      const read = (await ask('bob', { path: to })).body;
      const write = await ask('bob', { path: to, permission: 'write' });
      expect([write.status, write.body.permission, write.body.id === read.id]).toEqual([201, 'write', false]);
      const open = await as('bob').get('/access-requests?role=requester&state=open');
      expect(open.body.items.filter((each: { path: string }) => each.path === to)).toEqual([write.body]);
      for (const permission of ['read', 'write'])
        expect(problemOf(await approve(read.id, { permission }))).toEqual([409, 'request_changed']);
      expect(problemOf(await as('alice').post(`/access-requests/${read.id}/deny`))).toEqual([
        409,
        'request_changed',
      ]);
      const superseded = await as('alice').get('/access-requests?state=superseded');
      expect(superseded.body.items).toMatchObject([{ id: read.id, decided_by: 'bob', granted: null }]);
      expect(await given(to)).toEqual([]);
      expect((await approve(write.body.id, { permission: 'write' })).body.granted).toBe('write');
      expect(await given(to)).toEqual(['write']);
    });

    it('gives what the approval names: less than was asked for, never more, and not nothing in particular', async () => {
      const { id } = (await ask('bob', { path: folder() })).body;
      expect(problemOf(await approve(id, { permission: 'write' }))).toEqual([409, 'request_changed']);
      const unnamed = await approve(id, {});
      expect([unnamed.status, unnamed.body.errors[0].field]).toEqual([422, 'permission']);
      expect((await as('alice').get('/access-requests?state=open')).body.items).toContainEqual(
        expect.objectContaining({ id, state: 'open' }),
      );
      const to = folder();
      const write = (await ask('bob', { path: to, permission: 'write' })).body;
      const less = await approve(write.id, { permission: 'read' });
      expect(less.body).toMatchObject({ permission: 'write', granted: 'read', state: 'approved' });
      expect(await given(to)).toEqual(['read']);
    });

    it('while it is approved gives what was approved, or nothing', async () => {
      const seen = new Set<string>();
      for (let round = 0; round < 8; round += 1) {
        const to = folder();
        const { id } = (await ask('bob', { path: to })).body;
        const both = [
          () => approve(id, { permission: 'read' }),
          () => ask('bob', { path: to, permission: 'write' }),
        ];
        const [approved, raised] = await Promise.all(both.map((call) => call()));
        expect([200, 409]).toContain(approved?.status);
        expect([raised?.status, raised?.body.id === id]).toEqual([201, false]);
        expect(await given(to)).toEqual(approved?.status === 200 ? ['read'] : []);
        seen.add(String(approved?.status));
      }
      console.log(`approvals beside a raise: ${[...seen].join(', ')}`);
    });

    it('is decided once, and asked once, however many do it at once', async () => {
      const to = folder();
      const asked = await Promise.all([1, 2, 3, 4].map(() => ask('bob', { path: to, permission: 'write' })));
      expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
      expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
      const id = asked[0]?.body.id;
      const answers = await Promise.all([
        approve(id, { permission: 'write' }),
        stack.admin.post(`/access-requests/${id}/approve`, { permission: 'read' }),
        as('alice').post(`/access-requests/${id}/deny`),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
      const [winner] = answers.filter(({ status }) => status === 200);
      expect(await given(to)).toEqual(winner?.body.granted === null ? [] : [winner?.body.granted]);
    });
  });

  it('?dry_run=true of a decision shows what it would do, by the code that does it, and does nothing', async () => {
    const to = path(`${homeOf('alice')}rehearsed/`);
    const { id } = (await ask('bob', { path: to, permission: 'write' })).body;
    const decide = (name: string, what: string, body?: object) =>
      (name === 'admin' ? stack.admin : as(name)).post(`/access-requests/${id}/${what}?dry_run=true`, body);
    const before = await stack.state();
    const { status, body } = await decide('alice', 'approve', { permission: 'read' });
    expect([status, body.dry_run, body.plan]).toEqual([
      200,
      true,
      [
        expect.objectContaining({
          change: 'add_grant',
          target: 'user bob',
          before: null,
          after: expect.objectContaining({ path: to, permission: 'read', granted_by: 'alice' }),
        }),
      ],
    ]);
    expect((await decide('admin', 'approve', { permission: 'read' })).body.plan[0].change).toBe('put_policy');
    for (const name of ['alice', 'admin'])
      expect((await decide(name, 'deny')).body).toEqual({ dry_run: true, plan: [] });
    for (const what of ['approve', 'deny'])
      expect(problemOf(await decide('carol', what, { permission: 'read' }))).toEqual([404, 'not_found']);
    expect((await decide('alice', 'approve', { role: 'member' })).status).toBe(422);
    expect(await stack.state()).toEqual(before);
    expect((await as('bob').post(`/access-requests/${id}/withdraw`)).body.state).toBe('withdrawn');
    for (const what of ['approve', 'deny'])
      expect(problemOf(await decide('alice', what, { permission: 'read' }))).toEqual([
        409,
        'already_decided',
      ]);
    expect(await given(to)).toEqual([]);
  });

  it('that was made before there was an owner reaches the owner when it is made again', async () => {
    const to = path(`${homeOf('later')}x/`);
    const { id } = (await ask('bob', { path: to })).body;
    await as('later').post('/users/later');
    expect((await as('later').get('/access-requests')).body.items).toEqual([]);
    expect(await ask('bob', { path: to })).toMatchObject({ status: 200, body: { id } });
    expect((await as('later').get('/access-requests')).body.items).toMatchObject([{ id }]);
  });

  it('goes with its owner', async () => {
    const { id } = (await ask('bob', { path: path(`${homeOf('carol')}x/`) })).body;
    await stack.admin.delete('/admin/users/carol');
    await as('carol').post('/users/carol');
    expect((await as('carol').get('/access-requests?role=owner')).body.items).toEqual([]);
    // its requester is not told that the owner is gone
    const mine = (await as('bob').get('/access-requests?role=requester&state=open')).body.items;
    expect(mine).toContainEqual(expect.objectContaining({ id, approvers: ['carol'] }));
    expect((await as('carol').post(`/access-requests/${id}/approve`, { permission: 'read' })).status).toBe(
      404,
    );
  });
});
