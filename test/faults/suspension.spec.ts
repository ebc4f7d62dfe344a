import { waitFor } from '../../scripts/child.mjs';
import {
  daysLater,
  makeMember,
  type Member,
  REFUSED,
  waitUntilSuspended,
} from '../support/people/leavers.js';
import type { Call } from '../support/network/proxy.js';
import { outcome } from '../support/access/s3.js';
import { NO_LIMITS } from '../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/service/stack.js';

type Death = [string, (call: Call) => boolean, 'before' | 'after', number];

const PEOPLE = Array.from({ length: 6 }, (_, number) => `idle${number}`);
const isOfIdle = ({ query }: Call) =>
  [...query.values()].some((value) =>
    PEOPLE.some((name) => value === name || value.startsWith(`mgr:user:${name}:`)),
  );
const isRead = (call: Call) => call.method === 'GET' && call.path.endsWith('/user-info') && isOfIdle(call);
const setsTo = (status: string) => (call: Call) =>
  call.path.endsWith('/set-user-status') && call.query.get('status') === status && isOfIdle(call);
const isRevocation = ({ path }: Call) => path.includes('/revoke-tokens/');

/** Where the process dies: before or after the so-manieth such call of its life reaches MinIO. */
const SUSPENDING: Death[] = [
  ['before the first user is read', isRead, 'before', 1],
  ['before MinIO disables a user', setsTo('disabled'), 'before', 1],
  ['after MinIO has disabled a user', setsTo('disabled'), 'after', 2],
  ['before the sessions end', isRevocation, 'before', 1],
  ['after the sessions have ended', isRevocation, 'after', 1],
];
const RETURNING: Death[] = [
  ['before MinIO enables the user', setsTo('enabled'), 'before', 1],
  ['after MinIO has enabled the user', setsTo('enabled'), 'after', 1],
];

describe('a suspension of idle users, killed again and again', () => {
  let stack: Stack;
  const members = new Map<string, Member>();
  const sessions = new Map<string, any>();
  const shown = async (name: string) => (await stack.admin.get(`/users/${name}`)).body;
  const events = async (name: string) =>
    (await stack.admin.get(`/admin/audit?subject=${name}&limit=100`)).body.items
      .filter(({ action }: any) => /^user\.(suspended|returned)$/.test(action))
      .map(({ action }: any) => action)
      .reverse();
  const sessionOf = (name: string) => outcome(() => stack.s3(sessions.get(name)).list(BUCKET, homeOf(name)));

  beforeAll(async () => {
    const env = { ...NO_LIMITS, LEAVERS_INTERVAL_SECONDS: '1', LEAVERS_MAX_PERCENT: '100' };
    stack = await startStack({ proxied: true, embedded: true, env });
    await makeMember(stack, 'friend', stack.person('friend'));
    for (const name of PEOPLE) {
      const member = await makeMember(stack, name, stack.person(name));
      members.set(name, member);
      sessions.set(name, (await member.caller.post(`/users/${name}/sessions`)).body);
    }
  }, START_MS);
  afterAll(() => stack?.stop());

  /** Resolves when the process is at that point; it comes no further. */
  function reaches([, match, side, nth]: Death): Promise<void> {
    return new Promise((resolve) => {
      let count = 0;
      const stop = (): undefined | Promise<undefined> => {
        count += 1;
        if (count === nth) resolve();
        return count >= nth ? new Promise<undefined>(() => undefined) : undefined;
      };
      stack.proxy.hook(match, side === 'before' ? { before: stop } : { after: stop });
    });
  }

  it(
    'takes everything from each of them, once',
    async () => {
      let reached = reaches(SUSPENDING[0]!);
      await daysLater(stack, 91, PEOPLE);
      for (const [index, [what]] of SUSPENDING.entries()) {
        await reached;
        await stack.service.kill();
        stack.proxy.reset();
        const next = SUSPENDING[index + 1];
        if (next) reached = reaches(next);
        await stack.startService();
        expect([what, (await stack.admin.get('/me')).status]).toEqual([what, 200]);
      }
      await waitUntilSuspended(stack, ...PEOPLE);
      for (const name of PEOPLE) {
        const out = expect.stringMatching(REFUSED);
        await waitFor(`MinIO to follow for ${name}`, async () => (await shown(name)).enforced, {
          timeoutMs: 60_000,
        });
        expect([name, await members.get(name)?.works(), await sessionOf(name)]).toEqual([
          name,
          [out, out],
          out,
        ]);
        expect([name, await events(name)]).toEqual([name, ['user.suspended']]);
      }
    },
    START_MS * 2,
  );

  it.each(RETURNING)(
    'is undone by a login, also one that is cut off %s',
    async (...death) => {
      const name = PEOPLE[RETURNING.findIndex(([what]) => what === death[0])]!;
      const login = () => members.get(name)!.caller.post(`/users/${name}`, { rotate: false });
      const reached = reaches(death);
      const cut = login().catch(() => 'cut off');
      await reached;
      await stack.service.kill();
      expect(await cut).toBe('cut off');
      stack.proxy.reset();
      await stack.startService();
      const { status, body } = await login();
      expect([status, body.secret_key]).toEqual([200, members.get(name)?.pair.secret_key]);
      expect(await members.get(name)?.works()).toEqual(['ok', 'ok']);
      expect(await sessionOf(name)).toMatch(REFUSED);
      expect(await events(name)).toEqual(['user.suspended', 'user.returned']);
    },
    START_MS,
  );
});
