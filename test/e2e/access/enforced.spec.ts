import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const GROUP = 'Readers';

/** What somebody does to a user in MinIO, past this service. */
const HANDS: Record<string, (stack: Stack, user: string) => Promise<unknown>> = {
  'detached its policy': ({ root }, user) => root.policies.set([], { user }),
  'attached another one in its place': ({ root }, user) => root.policies.set(['diagnostics'], { user }),
  'deleted its policy': async ({ root }, user) => {
    await root.policies.set([], { user });
    await root.policies.remove(`mgr:user:${user}:0`);
  },
  'deleted the user': ({ root }, user) => root.users.remove(user),
  'took it out of its group': ({ root }, user) => root.groups.removeMembers(GROUP, [user]),
};

/** What hands out credentials: how it is asked, and whether its answer has a place for the claim. */
const CALLS: Record<string, (stack: Stack, user: string) => Promise<any>> = {
  session: (stack, user) => stack.person(user).post(`/users/${user}/sessions`),
  'access key': (stack, user) => stack.person(user).post(`/users/${user}/access-keys`, { name: 'tool' }),
  rotation: (stack, user) => stack.person(user).post(`/users/${user}`),
  'present pair': (stack, user) => stack.person(user).post(`/users/${user}`, { rotate: false }),
};

describe('what is said to be enforced', () => {
  let stack: Stack;
  const nameOf = (hand: string, call: string): string => `${hand}_${call}`.replace(/[^a-z_]/g, '');
  const cases = Object.keys(HANDS).flatMap((hand) => Object.keys(CALLS).map((call) => [hand, call] as const));

  beforeAll(async () => {
    stack = await startStack({ proxied: true, env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    await stack.admin.post(`/groups/${GROUP}`, {});
    const users = [...cases.map(([hand, call]) => nameOf(hand, call)), 'fine', 'off'];
    for (const user of users) {
      expect((await stack.person(user).post(`/users/${user}`)).body).toMatchObject({ enforced: true });
      await stack.admin.post(`/groups/${GROUP}/members`, { user_name: user, role: 'member' });
    }
    await stack.admin.post(`/groups/${GROUP}`, {
      grants: [{ path: `s3a://${BUCKET}/common/`, permission: 'write' }],
    });
    // a look counts for seconds: none of them is remembered when the test begins
    for (const user of users)
      await waitFor('the looks to be forgotten', async () => {
        const { body } = await stack.person(user).post(`/users/${user}`, { rotate: false });
        return body.enforced === undefined;
      });
  }, START_MS);
  afterAll(() => stack?.stop());

  /** The credentials do what the answer says: in the home, and in the group's folder. */
  async function works(user: string, credentials: any): Promise<string[]> {
    const s3 = stack.s3(credentials);
    const tried = [`${homeOf(user)}x`, `common/${user}`].map((key) =>
      s3.put(BUCKET, key, 'x').then(
        () => 'ok',
        () => 'refused',
      ),
    );
    return Promise.all(tried);
  }

  it.each(cases)('somebody %s, then: %s', async (hand, call) => {
    const user = nameOf(hand, call);
    await HANDS[hand]?.(stack, user);
    expect((await stack.admin.get(`/users/${user}`)).body.enforced).toBe(false);
    const { status, body } = await CALLS[call]?.(stack, user);
    expect([200, 201]).toContain(status);
    if (call === 'present pair') {
      expect(body).not.toHaveProperty('enforced');
      return;
    }
    const [home, common] = await works(user, body);
    expect(home).toBe('ok');
    if (call === 'rotation') expect(body.enforced).toBe(true);
    // an access key says nothing of the groups
    if (call !== 'access key') expect(common).toBe('ok');
  });

  it('who was disabled by hand gets nothing, and nothing is claimed', async () => {
    await stack.root.users.setStatus('off', 'disabled');
    for (const call of ['session', 'access key', 'rotation'])
      expect(problemOf(await CALLS[call]?.(stack, 'off'))).toEqual([403, 'user_disabled']);
    expect((await CALLS['present pair']?.(stack, 'off')).body).not.toHaveProperty('enforced');
  });

  it('the present pair asks MinIO nothing, and says what was seen within seconds', async () => {
    const before = stack.proxy.calls.length;
    expect((await CALLS['present pair']?.(stack, 'fine')).body).not.toHaveProperty('enforced');
    expect(stack.proxy.calls.length).toBe(before);
    await CALLS.session?.(stack, 'fine');
    const looked = stack.proxy.calls.length;
    expect((await CALLS['present pair']?.(stack, 'fine')).body.enforced).toBe(true);
    expect(stack.proxy.calls.length).toBe(looked);
  });

  it('a session right after the one that made the user is looked at, too', async () => {
    const session = () => stack.person('fresh').post('/users/fresh/sessions');
    expect((await session()).status).toBe(201);
    await stack.root.policies.set([], { user: 'fresh' });
    const { status, body } = await session();
    expect(status).toBe(201);
    await stack.s3(body).put(BUCKET, `${homeOf('fresh')}x`, 'x');
  });

  it('many sessions of one user at once are looked at once', async () => {
    await waitFor('the look to be forgotten', async () => {
      const { body } = await CALLS['present pair']?.(stack, 'fine');
      return body.enforced === undefined;
    });
    const before = stack.proxy.calls.length;
    const ten = Array.from({ length: 10 }, () => stack.person('fine').post('/users/fine/sessions'));
    await Promise.all(ten);
    const calls = stack.proxy.calls.slice(before).filter(({ path }) => path.includes('user-info'));
    expect(calls).toHaveLength(1);
  });
});
