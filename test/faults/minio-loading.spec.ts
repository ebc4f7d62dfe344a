import { setTimeout as sleep } from 'node:timers/promises';
import { inSync } from '../support/access/drift.js';
import { outcome } from '../support/access/s3.js';
import {
  makePeople,
  NO_LIMITS,
  pathOf,
  reads,
  sessionOf,
  share,
  unshare,
} from '../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/service/stack.js';

/** So many that MinIO needs a part of a second to read them after a start. */
const POLICIES = 3000;
const AT_ONCE = 50;
const ROUNDS = 3;
const KEY = 'team/there';
const NOTHING = {
  Version: '2012-10-17' as const,
  Statement: [{ Effect: 'Allow' as const, Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::none/*'] }],
};

/** Behind a proxy, the connections of the service stay open while MinIO starts anew: the proxy answers for it. */
describe.each([
  { way: 'directly', proxied: false },
  { way: 'through a proxy', proxied: true },
])('MinIO that has started and not yet read its identities, reached $way', ({ proxied }) => {
  let stack: Stack;
  const leavers = Array.from({ length: ROUNDS }, (_, round) => `leaver${round}`);

  beforeAll(async () => {
    // no sweep would find what was lost
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' }, proxied });
    await makePeople(stack, ['alice', ...leavers]);
    const grants = [{ path: pathOf('team/'), permission: 'read' }];
    await stack.admin.post('/groups/Team', { members: ['alice', ...leavers], grants });
    await stack.rootS3.put(BUCKET, KEY, 'x');
    for (let made = 0; made < POLICIES; made += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, each) =>
          stack.root.policies.put(`other-${made + each}`, NOTHING),
        ),
      );
  }, START_MS);
  afterAll(() => stack?.stop());

  /** Calls `work` the moment that MinIO takes requests again. */
  async function restarted<T>(work: () => Promise<T>): Promise<T> {
    if (proxied) stack.proxy.fail(() => true, { answer: 502 });
    await stack.minio.stop();
    // the service looks once a second
    if (proxied) await sleep(1100);
    const starting = stack.minio.start();
    for (;;) {
      const health = await stack.root.server.health('cluster').catch(() => undefined);
      if (health?.ok) break;
    }
    if (proxied) stack.proxy.reset();
    const done = await work();
    await starting;
    return done;
  }

  it.each(leavers)('forgets nothing that is taken away: %s', async (leaver) => {
    const left = await restarted(() => stack.admin.delete(`/groups/Team/members/${leaver}`));
    expect([200, 202, 204]).toContain(left.status);
    await inSync(stack, 60_000);
    const { members } = await stack.root.groups.info('Team');
    expect(members).not.toContain(leaver);
    const reads = async (name: string) =>
      outcome(async () => (await sessionOf(stack, name)).get(BUCKET, KEY));
    expect([await reads(leaver), await reads('alice')]).toEqual(['AccessDenied', 'ok']);
  });

  it('forgets no user that is disabled, and no key that is removed', async () => {
    const people = ['disabled', 'keyless', 'revoked'];
    await makePeople(stack, people);
    const [, key] = await Promise.all(
      people.map((name) =>
        stack.person(name).post(`/users/${name}/access-keys`, { name: 'k', expires_in_seconds: 3600 }),
      ),
    );
    await restarted(() =>
      Promise.all([
        stack.admin.post('/admin/users/disabled/disable'),
        stack.person('keyless').delete(`/users/keyless/access-keys/${key?.body.access_key}`),
        stack.person('revoked').post('/users/revoked', { revoke_access_keys: true }),
      ]),
    );
    await inSync(stack, 60_000);
    const { status } = await stack.root.users.info('disabled');
    const left = await Promise.all(
      people.map(async (name) => (await stack.root.accessKeys.list(name)).length),
    );
    expect([status, left]).toEqual(['disabled', [1, 0, 0]]);
  });

  describe.each(Array.from({ length: ROUNDS }, (_, round) => round))('and of shares: %d', (round) => {
    const folder = (name: string) => `${homeOf('alice')}${name}${round}/`;
    const friend = `friend${round}`;

    beforeAll(async () => {
      await makePeople(stack, [friend]);
      for (const name of ['kept', 'ended', 'new']) await stack.rootS3.put(BUCKET, `${folder(name)}x`, 'x');
      for (const name of ['kept', 'ended'])
        await share(stack, 'alice', { path: pathOf(folder(name)), with_users: [friend] });
    });

    it('forgets none that is ended or made, and no first login', async () => {
      const newcomer = `newcomer${round}`;
      const [ended, made, first] = await restarted(() =>
        Promise.all([
          unshare(stack, 'alice', { path: pathOf(folder('ended')), from_users: [friend] }),
          share(stack, 'alice', { path: pathOf(folder('new')), with_users: [friend] }),
          stack.person(newcomer).post(`/users/${newcomer}`),
        ]),
      );
      expect([ended.status, made.status]).toEqual([200, 200]);
      expect(first.status).toBe(201);
      await inSync(stack, 60_000);
      const session = await sessionOf(stack, friend);
      const all = await Promise.all(
        ['kept', 'ended', 'new'].map((name) => reads(session, `${folder(name)}x`)),
      );
      expect(all).toEqual(['ok', 'AccessDenied', 'ok']);
      const own = stack.s3(first.body);
      expect(await outcome(() => own.put(BUCKET, `${homeOf(newcomer)}x`, 'x'))).toBe('ok');
    });
  });
});
