import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { outcome } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const REPORTS = `${homeOf('alice')}reports/`;
const PATH = `s3a://${BUCKET}/${REPORTS}`;
const FILE = `${PATH}a.csv`;

const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
const ON_FILES = { Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${BUCKET}/${REPORTS}*`] };

/** What somebody may have in MinIO beside what is ours, and what MinIO then lets bob do with the file. */
const POLICIES = {
  'sees-reports': policy({ Effect: 'Allow', ...ON_FILES }),
  'own-tags-only': policy({
    Effect: 'Allow',
    ...ON_FILES,
    Condition: { StringEquals: { 's3:ExistingObjectTag/open': 'yes' } },
  }),
  'no-reports': policy({ Effect: 'Deny', ...ON_FILES }),
  'not-from-there': policy({
    Effect: 'Deny',
    ...ON_FILES,
    Condition: { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24'] } },
  }),
};

describe('access that MinIO gives by others', () => {
  let stack: Stack;
  let pair: any;
  const as = (name: string) => (name === 'admin' ? stack.admin : stack.person(name));
  const check = async (action: string, path = FILE, asker = 'bob') =>
    (await as(asker).get(`/access/check?${new URLSearchParams({ user: 'bob', action, path }).toString()}`))
      .body;
  const who = async (asker = 'alice', path = PATH) =>
    (await as(asker).get(`/access?path=${encodeURIComponent(path)}`)).body.principals;
  const reads = () => outcome(() => stack.s3(pair).get(BUCKET, `${REPORTS}a.csv`));
  const unshared = async () =>
    (await as('alice').post('/users/alice/unshare', { path: PATH, from_users: ['bob'] })).body.results[0];

  beforeAll(async () => {
    stack = await startStack({
      proxied: true,
      env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0', SWEEP_INTERVAL_SECONDS: '0' },
    });
    for (const name of ['alice', 'carol']) await as(name).post(`/users/${name}`);
    pair = (await as('bob').post('/users/bob')).body;
    await stack.rootS3.put(BUCKET, `${REPORTS}a.csv`);
    for (const [name, document] of Object.entries(POLICIES)) await stack.root.policies.put(name, document);
  }, START_MS);
  afterAll(() => stack?.stop());
  afterEach(async () => {
    stack.proxy.reset();
    await stack.admin.post('/admin/reconcile', { remove_foreign: true });
    await stack.root.groups.setStatus('analysts', 'enabled').catch(() => undefined);
    await stack.root.policies.set([], { group: 'analysts' });
  });

  it('by a MinIO group with a built-in policy counts, and is named', async () => {
    expect([await reads(), (await check('read')).allowed]).toEqual(['AccessDenied', false]);
    await stack.root.groups.addMembers('analysts', ['bob']);
    await stack.root.policies.set(['readwrite'], { group: 'analysts' });
    expect(await reads()).toBe('ok');
    const reason = { via: 'foreign_policy', permission: 'read', policy_name: 'readwrite', group: 'analysts' };
    expect(await check('read')).toEqual({ allowed: true, because: [reason] });
    expect((await check('delete')).because).toEqual([{ ...reason, permission: 'write' }]);
    const entry = { kind: 'group', name: 'analysts', permission: 'write', member_count: 1 };
    expect(await who()).toEqual([
      { ...entry, because: [{ ...reason, permission: 'write' }] },
      expect.objectContaining({ kind: 'user', name: 'alice' }),
    ]);
    const [full] = (await check('read', FILE, 'admin')).because;
    expect(full.statement).toMatchObject({
      policy_name: 'readwrite',
      index: 0,
      document: { Effect: 'Allow' },
    });
    expect((await as('bob').get('/users/bob')).body.foreign_policies).toEqual([
      { policy_name: 'readwrite', via: 'analysts' },
    ]);
    expect((await unshared()).still_reachable_through).toEqual([
      { ...reason, permission: 'write', path: PATH },
    ]);
  });

  it('is nothing in a disabled group, which takes what is ours, too', async () => {
    await as('alice').post('/users/alice/share', { path: PATH, with_users: ['bob'] });
    expect([await reads(), (await check('read')).allowed]).toEqual(['ok', true]);
    await stack.root.groups.addMembers('analysts', ['bob']);
    await stack.root.policies.set(['readwrite'], { group: 'analysts' });
    await stack.root.groups.setStatus('analysts', 'disabled');
    expect([await reads(), await check('read')]).toEqual(['AccessDenied', { allowed: false, because: [] }]);
    expect((await who()).map(({ name }: any) => name)).toEqual(['alice']);
    await as('alice').post('/users/alice/unshare', { path: PATH });
  });

  it.each([
    ['sees-reports', 'ok', true, 'read'],
    ['own-tags-only', 'AccessDenied', 'perhaps', 'perhaps'],
    ['readonly', 'ok', true, 'read'],
    ['diagnostics', 'AccessDenied', false, undefined],
  ])('attached by hand counts: %s', async (name, server, allowed, permission) => {
    await stack.root.policies.attach([name], { user: 'bob' });
    expect([await reads(), (await check('read')).allowed]).toEqual([server, allowed]);
    const bob = (await who()).find((each: any) => each.name === 'bob');
    expect(bob?.permission).toBe(permission);
    expect((await unshared()).still_reachable_through?.map((each: any) => each.policy_name)).toEqual(
      permission && [name],
    );
    expect((await as('bob').get('/users/bob')).body.foreign_policies).toEqual([
      { policy_name: name, via: 'user' },
    ]);
  });

  it.each([
    ['no-reports', 'AccessDenied', false],
    ['not-from-there', 'ok', 'perhaps'],
  ])('takes away what is shared, or may: %s', async (name, server, allowed) => {
    await as('alice').post('/users/alice/share', { path: PATH, with_users: ['bob'] });
    await stack.root.policies.attach([name], { user: 'bob' });
    expect([await reads(), (await check('read')).allowed]).toEqual([server, allowed]);
    const bob = (await who('alice', FILE)).find((each: any) => each.name === 'bob');
    expect(bob?.permission).toBe(allowed ? 'perhaps' : undefined);
    await as('alice').post('/users/alice/unshare', { path: PATH });
  });

  it('names strangers, and a policy that MinIO cannot show is perhaps', async () => {
    await stack.root.users.add('stranger', { secretKey: 'chosen-by-somebody' });
    const odd = policy({ Effect: 'Allow', NotAction: ['s3:DeleteObject'], Resource: ['arn:aws:s3:::*'] });
    await stack.root.policies.put('odd', odd);
    await stack.root.policies.set(['odd'], { user: 'stranger' });
    const shown = await stack.root.policies.info('odd').catch(() => undefined);
    const stranger = (await who()).find(({ name }: any) => name === 'stranger');
    expect(stranger).toMatchObject({ kind: 'user', permission: shown ? 'write' : 'perhaps' });
    await stack.root.users.remove('stranger');
  });

  it('is asked for by few calls, however many people there are', async () => {
    await stack.root.policies.attach(['readonly'], { user: 'bob' });
    await stack.root.policies.attach(['readonly'], { user: 'carol' });
    const callsOf = async (ask: () => Promise<unknown>) => {
      stack.proxy.reset();
      await ask();
      return stack.proxy.calls.map(({ path }) => path.split('/').at(-1)).sort();
    };
    expect(await callsOf(() => who())).toEqual(['info-canned-policy', 'policy-entities']);
    expect(await callsOf(() => check('read'))).toEqual(['info-canned-policy', 'user-info']);
  });

  it('is never left out silently: without MinIO there is no answer', async () => {
    await stack.proxy.refuse();
    const ask = async (path: string) => (await as('bob').get(path)).status;
    const query = new URLSearchParams({ user: 'bob', action: 'read', path: FILE });
    expect(await ask(`/access/check?${query.toString()}`)).toBe(503);
    expect((await as('alice').get(`/access?path=${encodeURIComponent(PATH)}`)).status).toBe(503);
    expect(await ask('/users/bob')).toBe(503);
    expect((await unshared()).still_reachable_through).toEqual([
      { via: 'foreign_policy', permission: 'perhaps', path: PATH },
    ]);
    await stack.proxy.accept();
  });
});
