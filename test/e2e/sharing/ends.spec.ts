import { setTimeout as sleep } from 'node:timers/promises';
import { NO_LIMITS, pathOf, reads, sessionOf, share, unshare } from '../../support/access/sharing.js';
import { accepted, ended, submit } from '../../support/workflows/provisions.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** More sooner ends than one subject's documents say dates. */
const MANY = 17;
/** Time to make that many shares before the first of them ends, in seconds. */
const LEAD = 5;

describe('ends while the service is stopped', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    for (const name of ['alice', 'mallory', 'bob']) await stack.person(name).post(`/users/${name}`);
  }, START_MS);
  afterAll(() => stack?.stop());

  it('hold for what one person shares, however many sooner ends another one gives', async () => {
    const bob = await sessionOf(stack, 'bob');
    const start = Math.ceil(Date.now() / 1000) + LEAD;
    const until = (second: number) => new Date((start + second) * 1000);
    const give = async (owner: string, name: string, end: Date) => {
      const key = `${homeOf(owner)}${name}/`;
      await stack.rootS3.put(BUCKET, `${key}there`);
      const body = { path: pathOf(key), with_users: ['bob'], expires_at: end.toISOString() };
      expect((await share(stack, owner, body)).status).toBe(200);
    };
    await give('alice', 'tables', until(MANY));
    await give('alice', 'long', until(3600));
    await Promise.all(Array.from({ length: MANY }, (_, n) => give('mallory', `trap-${n}`, until(n))));
    await give('mallory', 'long', until(3600));
    expect(await reads(bob, `${homeOf('alice')}tables/there`)).toBe('ok');
    expect(await reads(bob, `${homeOf('mallory')}long/there`)).toBe('ok');

    await stack.service.kill();
    await sleep(until(MANY).getTime() - Date.now() + 1000);
    expect(await reads(bob, `${homeOf('alice')}tables/there`)).toBe('AccessDenied');
    expect(await reads(bob, `${homeOf('alice')}long/there`)).toBe('ok');
    for (let n = 0; n < MANY; n++)
      expect([n, await reads(bob, `${homeOf('mallory')}trap-${n}/there`)]).toEqual([n, 'AccessDenied']);

    await stack.startService();
    // too many ends of one owner end with the last date that is said, but only while the service is away
    expect(await reads(bob, `${homeOf('mallory')}long/there`)).toBe('ok');
    expect(await reads(bob, `${homeOf('alice')}tables/there`)).toBe('AccessDenied');
  });
});

describe('a share whose time is over', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    for (const name of ['alice', 'bob']) await stack.person(name).post(`/users/${name}`);
  }, START_MS);
  afterAll(() => stack?.stop());

  /** Shares each folder until a moment that has just passed: the worker removes it within the next second. */
  async function over(folders: string[], whom: object): Promise<void> {
    const end = Math.ceil(Date.now() / 1000) * 1000 + 2000;
    const expires_at = new Date(end).toISOString();
    const made = await Promise.all(
      folders.map((name) =>
        share(stack, 'alice', { path: pathOf(homeOf('alice') + name), ...whom, expires_at }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual(folders.map(() => 200));
    await sleep(end - Date.now() + 20);
  }

  const path = (name: string) => pathOf(homeOf('alice') + name);

  it('counts for nobody, although it is still recorded', async () => {
    const folders = ['again/', 'planned/', 'taken/', 'all/'];
    await over(folders, { with_users: ['bob'], permission: 'write' });
    const [again, planned, taken, all] = await Promise.all([
      share(stack, 'alice', { path: path('again/'), with_users: ['bob'] }),
      share(stack, 'alice', { path: path('planned/'), with_users: ['bob'] }, '?dry_run=true'),
      unshare(stack, 'alice', { path: path('taken/'), from_users: ['bob'] }),
      unshare(stack, 'alice', { path: path('all/') }),
    ]);
    expect(again.body.results).toMatchObject([{ name: 'bob', status: 'granted' }]);
    expect(planned.body.plan).toMatchObject([{ change: 'add_grant' }]);
    expect(taken.body.results).toMatchObject([{ name: 'bob', status: 'not_shared' }]);
    expect(all.body.results).toEqual([]);
  });

  it('is given anew by a provision, whose undo takes it back', async () => {
    await over(['provisioned/'], { with_users: ['bob'] });
    const input = { user_name: 'alice', path: path('provisioned/'), with_users: ['bob'] };
    const made = await ended(stack.admin, await submit(stack.admin, 'share', input));
    expect(made.result.operations).toMatchObject([{ action: 'grant', status: 'done' }]);
    await ended(stack.admin, accepted(await stack.admin.post(`/provisions/${made.id}/undo`)));
    expect((await unshare(stack, 'alice', { path: input.path })).body.results).toEqual([]);
  });

  it('counts for nobody who has not come yet either', async () => {
    await over(['waits/', 'waits-taken/'], { with_users: ['late'], await_login: true });
    const whom = { with_users: ['late'], await_login: true };
    const [planned, taken] = await Promise.all([
      share(stack, 'alice', { path: path('waits/'), ...whom }, '?dry_run=true'),
      unshare(stack, 'alice', { path: path('waits-taken/'), from_users: ['late'] }),
    ]);
    expect(planned.body.plan).toMatchObject([{ change: 'add_waiting_share', before: null }]);
    expect([taken.status, taken.body.results]).toMatchObject([422, [{ name: 'late', status: 'refused' }]]);
  });
});
