import { differences, inSync, WIDE } from '../../support/access/drift.js';
import { NO_LIMITS, pathOf, reads, sessionOf, share, unshare } from '../../support/access/sharing.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** Long names: a policy document has room for seven of such folders. */
const LONG = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(200)).join('/');
const folder = (index: number) => `${homeOf('alice')}${LONG}/${index}/`;
const FOLDERS = 40;
const HOUR = 3_600_000;

describe('one of many policy documents', () => {
  let stack: Stack;
  const start = Date.now();

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' }, proxied: true });
    for (const name of ['alice', 'bob', 'carol']) await stack.person(name).post(`/users/${name}`);
    await stack.admin.post('/groups/Team', { members: ['carol'], readers: ['alice'] });
    await Promise.all(Array.from({ length: FOLDERS }, (_, index) => give(folder(index))));
    await Promise.all([0, 20].map((index) => stack.rootS3.put('cdm-lake', `${folder(index)}there`)));
    await inSync(stack);
  }, START_MS + 60_000);
  afterAll(() => stack?.stop());

  /** alice shares with bob and a group. */
  async function give(key: string, more: object = {}, status = 200) {
    const body = { path: pathOf(key), with_users: ['bob'], with_groups: ['Team'], ...more };
    const answer = await share(stack, 'alice', body);
    expect(answer.status).toBe(status);
    return answer;
  }

  async function take(key: string) {
    const body = { path: pathOf(key), from_users: ['bob'], from_groups: ['Team'] };
    expect((await unshare(stack, 'alice', body)).status).toBe(200);
  }

  /** Policies that were written by `work`. */
  async function written(work: () => Promise<unknown>): Promise<string[]> {
    stack.proxy.reset();
    await work();
    const puts = stack.proxy.calls.filter(({ path }) => path.endsWith('/add-canned-policy'));
    return puts.map(({ query }) => String(query.get('name'))).sort();
  }

  it('is all that a dry run shows of a change in it, and all that the change writes', async () => {
    const body = { path: pathOf(folder(3)), with_users: ['bob'], permission: 'write' };
    const { body: rehearsed } = await stack.admin.post('/users/alice/share?dry_run=true', body);
    const shown = rehearsed.plan.map(({ change, target }: any) => `${change} ${target}`);
    expect(shown).toHaveLength(1);
    const puts = await written(() => share(stack, 'alice', body));
    expect(puts.map((name) => `put_policy policy ${name}`)).toEqual(shown);
    expect(await differences(stack)).toEqual([]);
  });

  it('that somebody changed by hand stays so when another one is shared in, until everything is gone over', async () => {
    await stack.root.policies.put('mgr:user:bob:2', WIDE);
    await give(`${homeOf('alice')}short/`);
    expect(await differences(stack)).toEqual(['user bob: put_policy policy mgr:user:bob:2']);
    expect((await stack.admin.post('/admin/reconcile', {})).status).toBe(200);
    expect(await differences(stack)).toEqual([]);
  });

  it.each([
    ['user', 'bob'],
    ['group', 'Team'],
  ])('that somebody detached by hand is attached again by the next share: %s', async (kind, name) => {
    const held = kind === 'user' ? await stack.root.users.info(name) : await stack.root.groups.info(name);
    const left = held.policies.filter((policy) => !policy.endsWith(':2'));
    expect(left).toHaveLength(held.policies.length - 1);
    await stack.root.policies.set(left, kind === 'user' ? { user: name } : { group: name });
    await give(`${homeOf('alice')}after-${name}/`);
    expect(await differences(stack)).toEqual([]);
  });

  it('is written anew when another one moves the ends that it states', async () => {
    const ending = (index: number, hours: number) =>
      give(folder(index), { expires_at: new Date(start + hours * HOUR).toISOString() });
    for (let index = 10; index < 27; index++) await ending(index, index);
    // the sixteenth end of 17 is stated for both of the last; one that comes before them moves it
    const sooner = await written(() => ending(9, 5));
    expect(sooner.filter((name) => name.startsWith('mgr:user:bob:')).length).toBeGreaterThan(1);
    expect(await differences(stack)).toEqual([]);
    const later = await written(() => ending(FOLDERS, 100));
    expect(later.filter((name) => name.startsWith('mgr:user:bob:'))).toHaveLength(1);
    expect(await differences(stack)).toEqual([]);
    const gone = await written(() => take(folder(9)));
    expect(gone.filter((name) => name.startsWith('mgr:user:bob:')).length).toBeGreaterThan(1);
    expect(await differences(stack)).toEqual([]);
  }, 60_000);

  it('whose write failed is written with the next change of another one', async () => {
    const bob = await sessionOf(stack, 'bob');
    for (const index of [0, 20]) expect(await reads(bob, `${folder(index)}there`)).toBe('ok');
    // refused for good, so that nothing is uncertain and the worker waits
    stack.proxy.fail(({ path }) => path.endsWith('/add-canned-policy'), { answer: 403 });
    const body = { path: pathOf(folder(0)), from_users: ['bob'] };
    expect((await unshare(stack, 'alice', body)).status).not.toBe(200);
    stack.proxy.reset();
    await unshare(stack, 'alice', { ...body, path: pathOf(folder(20)) });
    for (const index of [0, 20]) expect(await reads(bob, `${folder(index)}there`)).toBe('AccessDenied');
    await inSync(stack);
  });

  it('is right after whatever changes, in whatever order', async () => {
    for (let round = 0; round < 6; round++) {
      const changes = Array.from({ length: 8 }, () => {
        const key = folder(Math.floor(Math.random() * 12));
        const chance = Math.random();
        if (chance < 0.4) return take(key);
        const end = new Date(start + HOUR + Math.floor(Math.random() * 40) * HOUR).toISOString();
        return give(key, {
          permission: Math.random() < 0.5 ? 'read' : 'write',
          ...(chance < 0.8 ? { expires_at: end } : {}),
        });
      });
      await Promise.all(changes);
      expect(await differences(stack)).toEqual([]);
    }
  }, 60_000);
});
