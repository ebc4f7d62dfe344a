import { outcome } from '../support/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/stack.js';

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
      expect((await as(other).post(`/access-requests/${id}/approve`, {})).status).toBe(404);
    expect(await read()).toBe('AccessDenied');
    const approved = await as('alice').post(`/access-requests/${id}/approve`, {
      expires_at: '2099-01-01T00:00:00Z',
    });
    expect([approved.status, approved.body.state, approved.body.decided_by]).toEqual([
      200,
      'approved',
      'alice',
    ]);
    expect(await read()).toBe('ok');
    const [share] = (await as('alice').get('/users/alice/shares')).body.items;
    expect(share).toMatchObject({ path: REPORTS, reason: 'still for the review', origin: 'share' });
    expect((await as('alice').post(`/access-requests/${id}/deny`)).body.code).toBe('already_decided');
  });

  it('denied, it gives nothing, and may be made again', async () => {
    const { id } = (await ask('carol', { permission: 'write' })).body;
    expect((await as('alice').post(`/access-requests/${id}/deny`)).body.state).toBe('denied');
    expect((await as('alice').post(`/access-requests/${id}/approve`, {})).body.code).toBe('already_decided');
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
    expect((await as('alice').post('/access-requests/nothing/approve', {})).status).toBe(404);
    expect((await stack.admin.get('/access-requests')).body.items.length).toBeGreaterThanOrEqual(3);
  });

  it('goes with its owner', async () => {
    const { id } = (await ask('bob', { path: path(`${homeOf('carol')}x/`) })).body;
    await stack.admin.delete('/admin/users/carol');
    await as('carol').post('/users/carol');
    expect((await as('carol').get('/access-requests?role=owner')).body.items).toEqual([]);
    expect((await as('carol').post(`/access-requests/${id}/approve`, {})).status).toBe(404);
  });
});
