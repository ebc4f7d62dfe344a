import { outcome } from '../../support/access/s3.js';
import * as sharing from '../../support/access/sharing.js';
import {
  all,
  lists,
  pathOf,
  READ_ONLY,
  reads,
  rights,
  sessionOf,
  writes,
} from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HOME = homeOf('alice');
const REPORTS = `${HOME}reports/`;

describe('sharing', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ embedded: true, env: sharing.NO_LIMITS });
    await sharing.makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/KBase', { members: ['bob'], readers: ['carol'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const session = (name: string) => sessionOf(stack, name);
  const share = (body: object) => sharing.share(stack, 'alice', body);
  const unshare = (body: object) => sharing.unshare(stack, 'alice', body);
  const user = (name: string, status: string, more: object = {}) => ({ kind: 'user', name, status, ...more });
  const group = (name: string, status: string, more: object = {}) => ({
    ...{ kind: 'group', name, status },
    ...more,
  });

  it('gives a user access at once, with a session from before, and takes it away', async () => {
    const bob = await session('bob');
    expect(await rights(bob, REPORTS)).toEqual(all('AccessDenied'));
    const answer = await share({ path: pathOf(REPORTS), with_users: ['bob'] });
    const results = [user('bob', 'granted')];
    expect([answer.status, answer.body]).toEqual([
      200,
      { path: pathOf(REPORTS), permission: 'read', enforced: true, results },
    ]);
    expect(await rights(bob, REPORTS)).toEqual(READ_ONLY);
    const gone = await unshare({ path: pathOf(REPORTS) });
    expect([gone.status, gone.body]).toEqual([
      200,
      { path: pathOf(REPORTS), permission: null, enforced: true, results: [user('bob', 'revoked')] },
    ]);
    expect(await rights(bob, REPORTS)).toEqual(all('AccessDenied'));
  });

  it.each(['user', 'group'])(
    'read reads; write also puts, deletes and uploads in parts: %s',
    async (kind) => {
      const target = kind === 'user' ? { with_users: ['bob'] } : { with_groups: ['KBase'] };
      const [bob, carol] = [await session('bob'), await session('carol')];
      const steps: [string, string, Record<string, string>][] = [
        ['write', 'granted', all('ok')],
        ['write', 'unchanged', all('ok')],
        ['read', 'changed', READ_ONLY],
        ['read', 'unchanged', READ_ONLY],
        ['write', 'changed', all('ok')],
      ];
      for (const [permission, status, expected] of steps) {
        const { body } = await share({ path: pathOf(REPORTS), permission, ...target });
        expect([body.permission, body.results[0].status]).toEqual([permission, status]);
        expect(await rights(bob, REPORTS)).toEqual(expected);
        expect(await rights(carol, REPORTS)).toEqual(kind === 'user' ? all('AccessDenied') : READ_ONLY);
      }
      await unshare({ path: pathOf(REPORTS) });
      expect(await rights(bob, REPORTS)).toEqual(all('AccessDenied'));
    },
  );

  it('of a folder is of that folder, and of an object of exactly its name for s3a to probe', async () => {
    const bob = await session('bob');
    await stack.rootS3.put(BUCKET, `${HOME}X/a`);
    await stack.rootS3.put(BUCKET, `${HOME}X2/a`);
    await stack.rootS3.put(BUCKET, `${HOME}X.csv`);
    await share({ path: pathOf(`${HOME}X/`), with_users: ['bob'], permission: 'write' });
    expect([await reads(bob, `${HOME}X/a`), await lists(bob, `${HOME}X/`)]).toEqual(['ok', 'ok']);
    // as a file it is not there: 404 lets s3a go on and list it, 403 would not
    expect(await outcome(() => bob.head(BUCKET, `${HOME}X`))).toBe('NotFound');
    const closed = [
      await writes(bob, `${HOME}X`),
      await outcome(() => bob.delete(BUCKET, `${HOME}X`)),
      await lists(bob, `${HOME}X`),
      await lists(bob, `${HOME}X2/`),
      await reads(bob, `${HOME}X2/a`),
      await reads(bob, `${HOME}X.csv`),
      await writes(bob, `${HOME}X2/b`),
      await lists(bob, HOME),
      await outcome(() => bob.head(BUCKET, `${HOME}X2`)),
    ];
    expect(closed).toEqual(closed.map(() => 'AccessDenied'));
    await unshare({ path: pathOf(`${HOME}X/`) });
    expect(await outcome(() => bob.head(BUCKET, `${HOME}X`))).toBe('AccessDenied');
  });

  it('without a slash is of the object and of the folder of that name, never of what starts the same', async () => {
    const bob = await session('bob');
    await stack.rootS3.put(BUCKET, `${HOME}table`, 'an object');
    await stack.rootS3.put(BUCKET, `${HOME}tables/a`);
    await stack.rootS3.put(BUCKET, `${HOME}data/a`);
    for (const name of ['table', 'data'])
      await share({ path: pathOf(HOME + name), with_users: ['bob'], permission: 'write' });
    expect([await reads(bob, `${HOME}table`), await writes(bob, `${HOME}table`)]).toEqual(['ok', 'ok']);
    expect([await reads(bob, `${HOME}data/a`), await writes(bob, `${HOME}data/b`)]).toEqual(['ok', 'ok']);
    for (const key of ['tables/a', 'table2', 'tables', 'dat', 'data2'])
      expect([key, await writes(bob, HOME + key)]).toEqual([key, 'AccessDenied']);
    expect(await outcome(() => bob.delete(BUCKET, `${HOME}table`))).toBe('ok');
    for (const name of ['table', 'data']) await unshare({ path: pathOf(HOME + name) });
    expect([await reads(bob, `${HOME}data/a`), await writes(bob, `${HOME}table`)]).toEqual([
      'AccessDenied',
      'AccessDenied',
    ]);
  });

  it.each(['twice/', 'twice'])(
    'of a folder and of an object are two; %s unshared ends both, and nothing else',
    async (name) => {
      const bob = await session('bob');
      const path = (key: string) => pathOf(HOME + key);
      await stack.rootS3.put(BUCKET, `${HOME}twice/inner/there`);
      await stack.rootS3.put(BUCKET, `${HOME}twice2/there`);
      for (const each of ['twice/', 'twice', 'twice/inner/', 'twice2/']) {
        const { body } = await share({ path: path(each), with_users: ['bob'] });
        expect(body.results).toEqual([user('bob', 'granted')]);
      }
      const gone = await unshare({ path: path(name), from_users: ['bob'] });
      expect(gone.body.results).toEqual([user('bob', 'revoked')]);
      expect([await lists(bob, `${HOME}twice/`), await writes(bob, `${HOME}twice`)]).toEqual([
        'AccessDenied',
        'AccessDenied',
      ]);
      expect(await outcome(() => bob.head(BUCKET, `${HOME}twice`))).toBe('AccessDenied');
      expect([await reads(bob, `${HOME}twice/inner/there`), await reads(bob, `${HOME}twice2/there`)]).toEqual(
        ['ok', 'ok'],
      );
      expect((await unshare({ path: path(name) })).body.results).toEqual([]);
      for (const each of ['twice/inner/', 'twice2/']) await unshare({ path: path(each) });
    },
  );

  it('is ended for whom it is ended; the answer tells by what else they reach it', async () => {
    const bob = await session('bob');
    const [inner, path] = [`${REPORTS}2024/`, pathOf(`${REPORTS}2024/`)];
    await stack.rootS3.put(BUCKET, `${inner}there`);
    await share({ path, with_users: ['bob', 'carol'], with_groups: ['KBase'] });
    await share({ path: pathOf(REPORTS), with_users: ['bob'], permission: 'write' });
    await share({ path: pathOf(`${REPORTS}2025/`), with_users: ['bob'] });
    await share({ path: pathOf(REPORTS.slice(0, -1)), with_groups: ['everyone'] });
    const first = await unshare({ path, from_users: ['bob'] });
    const reasons = first.body.results[0].still_reachable_through;
    expect(first.body.results).toEqual([user('bob', 'revoked', { still_reachable_through: reasons })]);
    expect(reasons).toHaveLength(3);
    expect(reasons).toEqual(
      expect.arrayContaining([
        { via: 'group KBase', path, permission: 'read' },
        { via: 'user bob', path: pathOf(REPORTS), permission: 'write' },
        { via: 'everyone', path: pathOf(REPORTS.slice(0, -1)), permission: 'read' },
      ]),
    );
    expect(await rights(bob, inner)).toEqual(all('ok'));
    const rest = await unshare({ path });
    expect(rest.body.results.map(({ name, status }: any) => [name, status]).sort()).toEqual([
      ['KBase', 'revoked'],
      ['carol', 'revoked'],
    ]);
    await unshare({ path: pathOf(REPORTS), from_groups: ['everyone'] });
    await unshare({ path: pathOf(REPORTS), from_users: ['bob'] });
    expect(await rights(bob, inner)).toEqual(all('AccessDenied'));
    const none = await unshare({ path, from_users: ['bob'], from_groups: ['KBase'] });
    expect([none.status, none.body.results]).toEqual([
      200,
      [user('bob', 'not_shared'), group('KBase', 'not_shared')],
    ]);
    expect(await lists(bob, `${REPORTS}2025/`)).toBe('ok');
  });

  it('again gives the end that is asked for last, and takes an end away', async () => {
    const path = pathOf(`${HOME}ending/`);
    const ends = async () => JSON.stringify(await documentsOf('bob')).match(/\d{4}-\d\d-\d\dT[\d:]+Z/g);
    const [near, far] = ['2099-01-01T00:00:00Z', '2199-06-30T12:00:00+02:00'];
    const again = async (more: object) =>
      (await share({ path, with_users: ['bob'], ...more })).body.results[0].status;
    expect([await again({ expires_at: far }), await ends()]).toEqual(['granted', expect.arrayContaining([])]);
    expect(new Set(await ends())).toEqual(new Set(['2199-06-30T10:00:00Z']));
    expect([await again({ expires_at: near }), new Set(await ends())]).toEqual(['changed', new Set([near])]);
    expect([await again({ expires_at: near }), new Set(await ends())]).toEqual([
      'unchanged',
      new Set([near]),
    ]);
    expect([await again({}), await ends()]).toEqual(['changed', null]);
    await unshare({ path });
  });

  async function documentsOf(name: string): Promise<unknown> {
    const policies = await stack.root.policies.list();
    return Object.entries(policies).filter(([policy]) => policy.startsWith(`mgr:user:${name}:`));
  }
});
