import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS, pathOf, share, shareEach } from '../../support/access/sharing.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = pathOf(homeOf('alice'));
const at = (key: string) => `${HOME}${key}`;
const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
const on = (key: string) => ({ Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${BUCKET}/${key}`] });
const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];

describe.each(databases)('what is reached, on %s', (kind) => {
  let stack: Stack;

  beforeAll(async () => {
    const env = { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' };
    stack = await startStack({ env, proxied: true, embedded: kind !== 'PostgreSQL' });
    await makePeople(stack, ['alice', 'bob', 'carol', 'dave']);
    const grants = [{ path: pathOf('reference/'), permission: 'write' }];
    await stack.admin.post('/groups/KBase', { members: ['bob'], readers: ['carol'], grants });
    await share(stack, 'alice', { path: at('a/b/c/'), with_users: ['bob'], permission: 'write' });
    await share(stack, 'alice', { path: at('a/b/'), with_groups: ['KBase'] });
    await share(stack, 'alice', { path: at('z/file.csv'), with_users: ['carol'] });
    await share(stack, 'alice', { path: at('z/'), with_groups: ['everyone'] });
  }, START_MS);
  afterAll(() => stack?.stop());
  afterEach(async () => {
    stack.proxy.reset();
    await stack.admin.post('/admin/reconcile', { remove_foreign: true });
  });

  const as = (name: string) => (name === 'admin' ? stack.admin : stack.person(name));
  const ask = (name: string, path: string, more = '') =>
    as(name).get(`/access?path=${encodeURIComponent(path)}${more}`);
  /** As whom, with which permission, by which grants. */
  const briefly = (principals: any[]) =>
    principals.map(({ name, permission, because }) => [
      name,
      permission,
      because.map(({ grant, via }: any) => grant?.path.replace(HOME, '') ?? via),
    ]);
  const below = async (name: string, path: string, more = '') => {
    const { status, body } = await ask(name, path, `&below=true${more}`);
    expect([path, status]).toEqual([path, 200]);
    return body;
  };
  const reached = (name: string, of = name, query = '') => as(name).get(`/users/${of}/access${query}`);
  const paths = async (name: string, of = name) =>
    (await reached(name, of)).body.items.map(({ path, permission, because }: any) => [
      path,
      permission,
      because.map(({ via }: any) => via),
    ]);

  it('below a path are those who reach only something in it, too, each grant named', async () => {
    expect(briefly((await ask('alice', HOME)).body.principals)).toEqual([['alice', 'write', ['owner']]]);
    expect(briefly((await below('alice', HOME)).principals)).toEqual([
      ['KBase', 'read', ['a/b/']],
      ['everyone', 'read', ['z/']],
      ['alice', 'write', ['owner']],
      ['bob', 'write', ['a/b/c/']],
      ['carol', 'read', ['z/file.csv']],
    ]);
    expect(briefly((await below('alice', at('a/b/c/d/'))).principals)).toEqual([
      ['KBase', 'read', ['a/b/']],
      ['alice', 'write', ['owner']],
      ['bob', 'write', ['a/b/c/']],
    ]);
    // names that begin alike are no folder of it
    expect(briefly((await below('alice', at('z/fil'))).principals).map(([name]) => name)).toEqual([
      'everyone',
      'alice',
    ]);
    expect((await ask('alice', HOME, '&below=perhaps')).status).toBe(400);
  });

  it('is told to who may ask only, and page by page', async () => {
    for (const name of ['bob', 'carol'])
      for (const path of [HOME, at('a/b/c/'), pathOf('users-warehouse/'), pathOf('reference/')])
        expect(problemOf(await ask(name, path, '&below=true'))).toEqual([404, 'not_found']);
    const whole = await below('admin', pathOf('users-warehouse/'));
    const names = whole.principals.map(({ name }: any) => name);
    expect(names).toEqual(['KBase', 'everyone', 'alice', 'bob', 'carol', 'dave']);
    const bob = whole.principals.find(({ name }: any) => name === 'bob');
    expect(bob.because.map(({ via }: any) => via)).toEqual(['owner', 'user bob']);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: any = await below('admin', pathOf('users-warehouse/'), `&limit=2${cursor}`);
      seen.push(...page.principals.map(({ name }: any) => name));
      cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
    }
    expect(seen).toEqual(names);
  });

  it('tells at most a hundred grants of one, and how many more there are', async () => {
    const keys = Array.from({ length: 103 }, (_, index) => `${homeOf('alice')}many/${1000 + index}/`);
    const many = keys.map(pathOf);
    await shareEach(stack, 'alice', keys, { with_users: ['dave'] });
    const { principals } = await below('alice', at('many/'));
    const dave = principals.find(({ name }: any) => name === 'dave');
    expect([dave.permission, dave.because.length, dave.because_left_out]).toEqual(['read', 100, 3]);
    const all = await reached('dave', 'dave', '?limit=500');
    expect(all.body.items.filter(({ path }: any) => many.includes(path))).toHaveLength(103);
    await Promise.all(many.map((path) => as('alice').post('/users/alice/unshare', { path })));
  });

  it('of a user is every path, by the home, shares, groups and everyone, in pages', async () => {
    expect(await paths('bob')).toEqual([
      [pathOf('reference/'), 'write', ['group KBase']],
      [at('a/b/'), 'read', ['group KBase']],
      [at('a/b/c/'), 'write', ['user bob', 'group KBase']],
      [at('z/'), 'read', ['everyone']],
      [pathOf(homeOf('bob')), 'write', ['owner']],
    ]);
    expect(await paths('admin', 'carol')).toEqual([
      [pathOf('reference/'), 'read', ['group KBase']],
      [at('a/b/'), 'read', ['group KBase']],
      [at('z/'), 'read', ['everyone']],
      [at('z/file.csv'), 'read', ['user carol', 'everyone']],
      [pathOf(homeOf('carol')), 'write', ['owner']],
    ]);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await reached('bob', 'bob', `?limit=2${cursor}`);
      seen.push(...body.items.map(({ path }: any) => path));
      cursor = body.next_cursor && `&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual((await paths('bob')).map(([path]: any) => path));
    const { body } = await reached('bob');
    expect([body.user_name, body.next_cursor, Object.keys(body.items[0]).sort()]).toEqual([
      'bob',
      null,
      ['because', 'path', 'permission'],
    ]);
  });

  it('of a user is for the user and administrators; nobody learns who is there', async () => {
    for (const other of ['alice', 'nobody'])
      expect(problemOf(await reached('bob', other))).toEqual([403, 'forbidden']);
    expect(problemOf(await reached('admin', 'never-here'))).toEqual([404, 'not_found']);
    expect((await reached('newcomer')).status).toBe(200);
    expect((await reached('bob', 'bob', '?cursor=x')).status).toBe(422);
    await stack.admin.post('/admin/users/dave/disable');
    expect((await reached('admin', 'dave')).body.items).toEqual([]);
    expect(problemOf(await reached('dave'))).toEqual([403, 'user_disabled']);
    await stack.admin.post('/admin/users/dave/enable');
  });

  it('by what others gave in MinIO counts, and is what the server lets them', async () => {
    await stack.root.policies.put(
      'of-reports',
      policy({ Effect: 'Allow', ...on(`${homeOf('alice')}q/sub/*`) }),
    );
    await stack.root.policies.put('odd', policy({ Effect: 'Allow', ...on('other/x*/y') }));
    await stack.root.policies.put('no-c', policy({ Effect: 'Deny', ...on(`${homeOf('alice')}a/b/c/*`) }));
    await stack.root.policies.attach(['of-reports', 'odd', 'no-c'], { user: 'bob' });
    const foreign = { via: 'foreign_policy', permission: 'read', policy_name: 'of-reports' };
    const items = (await reached('bob')).body.items;
    const find = (path: string) => items.find((each: any) => each.path === path);
    expect(find(at('q/sub/'))).toEqual({ path: at('q/sub/'), permission: 'read', because: [foreign] });
    expect(find(pathOf('other/x*/y'))).toMatchObject({
      permission: 'read',
      because: [{ policy_name: 'odd' }],
    });
    expect(find(at('a/b/c/'))).toMatchObject({ permission: 'write', because: [{ via: 'user bob' }] });
    const q = await below('alice', at('q/'));
    expect(q.principals.find(({ name }: any) => name === 'bob')).toMatchObject({ permission: 'perhaps' });
    expect(JSON.stringify([items, q])).not.toContain('"document"');
    expect(JSON.stringify((await reached('admin', 'bob')).body)).toContain('"document"');
    await stack.root.groups.addMembers('analysts', ['carol']);
    await stack.root.policies.set(['readwrite'], { group: 'analysts' });
    expect((await paths('carol'))[0]).toEqual(['s3a://*', 'write', ['foreign_policy']]);
    await stack.root.groups.setStatus('analysts', 'disabled');
    expect(await paths('carol')).toEqual([]);
    await stack.root.groups.setStatus('analysts', 'enabled');
    await stack.root.policies.set([], { group: 'analysts' });
  });

  it('is asked of MinIO by few calls, and without MinIO there is no answer', async () => {
    const calls = async (read: () => Promise<unknown>) => {
      stack.proxy.reset();
      await read();
      return stack.proxy.calls.map(({ path }) => path.split('/').at(-1)).sort();
    };
    expect(await calls(() => below('alice', HOME))).toEqual(['policy-entities']);
    expect(new Set(await calls(() => reached('bob')))).toEqual(new Set(['user-info', 'group']));
    stack.minio.pause();
    try {
      for (const answer of [await ask('alice', HOME, '&below=true'), await reached('bob')])
        expect(problemOf(answer)).toEqual([503, 'storage_unavailable']);
    } finally {
      stack.minio.resume();
    }
  });
});
