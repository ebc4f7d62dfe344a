import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS, pathOf, sessionOf, share } from '../../support/access/sharing.js';
import type { S3 } from '../../support/access/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = homeOf('alice');
const MANY = 1005;

describe('the folders that a person picks from', () => {
  let stack: Stack;
  let alice: S3;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' }, proxied: true });
    alice = await sessionOf(stack, 'alice');
    await stack.person('bob').post('/users/bob');
    await share(stack, 'alice', { path: pathOf(`${HOME}b/`), with_users: ['bob'] });
    const keys = ['a/x', 'b/c/y', 'b/d/e/f', 'top.txt', 'with space+/x', 'Ü/x', 'star*/x', 'd%2F/x'];
    for (const key of keys) await alice.put(BUCKET, `${HOME}${key}`);
  }, START_MS);
  afterAll(() => stack?.stop());
  afterEach(() => stack.minio.resume());

  const ask = (name: string, query = '', of = name) =>
    (name === 'admin' ? stack.admin : stack.person(name)).get(`/users/${of}/folders${query}`);
  const below = (key: string) => `?prefix=${encodeURIComponent(pathOf(key))}`;
  const names = async (name: string, query = '') => {
    const { status, body } = await ask(name, query);
    expect([query, status]).toEqual([query, 200]);
    return body.items.map((each: any) => each.name);
  };
  /** Puts objects, fifty at a time. */
  async function fill(keys: string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += 50)
      await Promise.all(keys.slice(from, from + 50).map((key) => alice.put(BUCKET, `${HOME}${key}`)));
  }

  it('are those of one level, each with its path; objects, and names that no path has, are not there', async () => {
    expect(await names('alice')).toEqual(['a', 'b', 'd%2F', 'with space+', 'Ü']);
    expect(await names('alice', below(HOME))).toEqual(await names('alice'));
    const { body } = await ask('alice', below(`${HOME}b`));
    expect(body).toEqual({
      path: pathOf(`${HOME}b/`),
      items: ['c', 'd'].map((name) => ({ name, path: pathOf(`${HOME}b/${name}/`) })),
      next_cursor: null,
    });
    expect(await names('alice', below(`${HOME}nothing-here/`))).toEqual([]);
    const paths: string[] = (await ask('alice')).body.items.map(({ path }: any) => path);
    for (const path of paths) {
      const plan = await stack
        .person('alice')
        .post('/users/alice/share?dry_run=true', { path, with_users: ['bob'] });
      expect([path, plan.status]).toEqual([path, 200]);
    }
  });

  it('are what MinIO lets the person list: what is shared, and nothing around it', async () => {
    expect(await names('bob', below(`${HOME}b/`))).toEqual(['c', 'd']);
    expect(await names('bob')).toEqual([]);
    for (const key of [HOME, `${HOME}a/`, 'users-warehouse/', `${HOME}not-there/`, homeOf('nobody')])
      expect([key, problemOf(await ask('bob', below(key)))]).toEqual([key, [403, 'forbidden']]);
    const elsewhere = await ask('bob', `?prefix=${encodeURIComponent('s3a://no-such-bucket/x/')}`);
    expect(problemOf(elsewhere)).toEqual([403, 'forbidden']);
    await stack.person('alice').post('/users/alice/unshare', { path: pathOf(`${HOME}b/`) });
    expect(problemOf(await ask('bob', below(`${HOME}b/`)))).toEqual([403, 'forbidden']);
  });

  it('are for the person alone, and administrators see their own only', async () => {
    for (const name of ['bob', 'admin'])
      expect(problemOf(await ask(name, '', 'alice'))).toEqual([403, 'forbidden']);
    expect(await names('admin')).toEqual([]);
    for (const prefix of ['x', 's3a://cdm-lake/a/../b/', 's3a://cdm-lake/a*/'])
      expect((await ask('alice', `?prefix=${encodeURIComponent(prefix)}`)).status).toBe(422);
  });

  it('come a thousand at a time, and are found behind any number of objects', async () => {
    const folders = Array.from({ length: MANY }, (_, index) => `f${10_000 + index}`);
    await fill(folders.map((folder) => `many/${folder}/x`));
    const first = (await ask('alice', below(`${HOME}many/`))).body;
    expect(first.items).toHaveLength(1000);
    const second = (await ask('alice', `${below(`${HOME}many/`)}&cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...second.items].map(({ name }: any) => name)).toEqual(folders);
    expect(second.next_cursor).toBeNull();
    await fill(folders.map((object) => `objects/${object}`));
    await fill(['objects/last/x']);
    expect(await names('alice', below(`${HOME}objects/`))).toEqual(['last']);
    for (const cursor of ['x', '!!', Buffer.from('no token').toString('base64url')])
      expect([cursor, (await ask('alice', `?cursor=${encodeURIComponent(cursor)}`)).status]).toEqual([
        cursor,
        422,
      ]);
  }, 60_000);

  it('share one session, and without MinIO there is no answer', async () => {
    await stack.person('bob').post('/users/bob');
    stack.proxy.reset();
    for (const query of ['', below(homeOf('bob')), '']) await names('bob', query);
    const minted = stack.proxy.calls.filter(({ method, path }) => method === 'POST' && path === '/');
    expect(minted.length).toBeLessThanOrEqual(1);
    await stack.admin.post('/admin/users/bob/disable');
    expect(problemOf(await ask('bob'))).toEqual([403, 'user_disabled']);
    await stack.admin.post('/admin/users/bob/enable');
    stack.minio.pause();
    expect(problemOf(await ask('alice'))).toEqual([503, 'storage_unavailable']);
  });
});
