import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { waitFor } from '../../../scripts/child.mjs';
import { inGroups } from '../../support/crash/crash.js';
import { Fleet, type Replica, ask, bodyOf } from '../../support/service/fleet.js';
import { Gate, startTogether, userOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Proxy } from '../../support/network/proxy.js';
import type { Answer, Service } from '../../support/service/service.js';
import type { Credential } from '../../support/access/probe.js';
import { GONE, Truth, WHOLE } from '../../support/access/truth.js';

type Ending = 'active' | 'disabled' | 'removed';

/** What the first process is busy with when it stops in the middle of a write. */
const BEGUN: Record<string, (service: Service, user: string) => Promise<Answer>> = {
  'first login': (service, user) => ask.pair(service, user),
  rotation: (service, user) => ask.pair(service, user),
  disable: (service, user) => ask.disable(service, user),
  delete: (service, user) => ask.remove(service, user),
};

/** What the second process is asked for meanwhile: the credentials that were handed out, the last one in force. */
const MEANWHILE: Record<
  string,
  { ending: Ending; act(service: Service, user: string): Promise<Credential[]> }
> = {
  'rotate twice': {
    ending: 'active',
    act: async (service, user) => [await login(service, user), await login(service, user)],
  },
  'delete and log in': {
    ending: 'active',
    async act(service, user) {
      const before = await ask.pair(service, user, { rotate: false });
      await remove(service, user);
      return [...(before.status === 200 ? [before.body] : []), await login(service, user)];
    },
  },
  disable: {
    ending: 'disabled',
    async act(service, user) {
      const pair = await login(service, user);
      await bodyOf(ask.disable(service, user), 200, 202);
      return [pair];
    },
  },
  delete: {
    ending: 'removed',
    async act(service, user) {
      await remove(service, user);
      return [];
    },
  },
};

/** The worker looks every second; a write that nobody answers for any more is looked for a lease later. */
const CONVERGE_MS = 120_000;

/** Where nobody wakes, the others look once more a lease (six seconds) after the takeover: for writes that arrive before. */
const LOOK_AGAIN_MS = 5000;

interface Case {
  begun: string;
  meanwhile: string;
  /** Number of the write, among all calls of the operation, that is held. */
  write: number;
  user: string;
  /** Pairs that were handed out, the oldest first. */
  pairs: Credential[];
}

(hasPostgres() ? describe : describe.skip)('a process that stops in the middle of a write', () => {
  let fleet: Fleet;
  let truth: Truth;
  let second: Replica;
  let neighbour: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    truth = new Truth(fleet.minio);
    second = await fleet.add();
    neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(second.service, neighbour), 201);
  });
  afterAll(async () => {
    await truth.close();
    await fleet.stop();
  });

  it('and wakes when all has been done: it finds out alone, and nothing stale is left', async () => {
    const first = await fleet.add();
    const { cases, gates, begun, late } = await stopInTheMiddle(first, Object.keys(MEANWHILE));
    await Promise.all(cases.map((each) => takeOver(each)));
    await fleet.quiet();
    for (const gate of gates) gate.open();
    await waitFor('the late writes', () => late.every(({ status }) => status !== undefined));
    first.service.resume();
    await expectConverged(cases, await Promise.all(begun));
    await first.service.stop();
  });

  it('and dies, its writes arriving after the takeover: nothing stale is left', async () => {
    const first = await fleet.add();
    const { cases, gates, begun, late } = await stopInTheMiddle(first, ['rotate twice', 'delete and log in']);
    const takenOver = firstWrites(second.proxy);
    const arriving = new Set<string | undefined>();
    const act = async (each: Case, gate: Gate | undefined): Promise<void> => {
      await takeOver(each);
      const inTime = performance.now() - (takenOver.get(each.user) ?? 0) < LOOK_AGAIN_MS;
      if (!inTime) return gate?.drop();
      arriving.add(each.user);
      gate?.open();
    };
    // a few at a time, so that each takeover is over soon, also on a slow machine
    await inGroups(8, [...cases.entries()], ([index, each]) => act(each, gates[index]));
    expect(arriving.size).toBeGreaterThan(cases.length / 2);
    const arrived = () => late.every((call) => !arriving.has(userOf(call)) || call.status !== undefined);
    await waitFor('the late writes', arrived);
    await first.service.kill();
    await expectConverged(cases, await Promise.all(begun));
  });

  /** The process is busy with every write of every operation at once, and stops; MinIO has not seen the writes. */
  async function stopInTheMiddle(first: Replica, meanwhile: string[]) {
    const cases = await makeCases(first, meanwhile);
    const gates = cases.map(({ user, write }) => {
      return new Gate(first.proxy, (call) => userOf(call) === user, { call: write, side: 'before' });
    });
    const begin = ({ begun, user }: Case) =>
      BEGUN[begun]?.(first.service, user) ?? Promise.reject(new Error(begun));
    let isOver = false;
    const operations = cases.map((each, index) => ({
      gate: gates[index] as Gate,
      call: each.write,
      start: () => begin(each).catch(() => undefined),
    }));
    const begun = startTogether(operations, () => isOver);
    // a call that is held for two seconds is given up: the process must stop before
    const reached = gates.map((gate) => gate.reached);
    await Promise.race([Promise.all(reached), Promise.race(reached).then(() => setTimeout(1500))]);
    isOver = true;
    first.service.pause();
    const late = first.proxy.calls.filter(({ status, method }) => status === undefined && method !== 'GET');
    console.log(`${cases.length} operations under way, ${late.length} writes held`);
    expect(late.length).toBeGreaterThan(cases.length / 2);
    return { cases, gates, begun, late };
  }

  /** Every write of every operation, with two of the things that the other process may be asked for meanwhile. */
  async function makeCases(first: Replica, meanwhile: string[]): Promise<Case[]> {
    const cases: Omit<Case, 'user' | 'pairs'>[] = [];
    for (const begun of Object.keys(BEGUN)) {
      const { user } = await prepare(begun);
      first.proxy.reset();
      await BEGUN[begun]?.(first.service, user);
      const calls = first.proxy.calls.filter((call) => userOf(call) === user);
      for (const [index, { method }] of calls.entries()) {
        if (method === 'GET') continue;
        const turn = cases.length % meanwhile.length;
        const two = meanwhile.slice(turn, turn + 2);
        cases.push(...two.map((other) => ({ begun, meanwhile: other, write: index + 1 })));
      }
    }
    return Promise.all(cases.map(async (each) => ({ ...each, ...(await prepare(each.begun)) })));
  }

  async function prepare(begun: string): Promise<{ user: string; pairs: Credential[] }> {
    const user = fleet.person('sleeper');
    return {
      user,
      pairs: begun === 'first login' ? [] : [await bodyOf(ask.pair(second.service, user), 201)],
    };
  }

  async function takeOver(each: Case): Promise<void> {
    const { begun, meanwhile, user } = each;
    if (begun === 'disable')
      await waitFor('the user enabled', async () => (await ask.enable(second.service, user)).status === 200);
    each.pairs.push(...((await MEANWHILE[meanwhile]?.act(second.service, user)) ?? []));
  }

  async function expectConverged(cases: Case[], answers: (Answer | undefined)[]): Promise<void> {
    const wrong = await Promise.all(cases.map((each, index) => deviation(each, answers[index])));
    expect(wrong.filter((each) => each !== undefined)).toEqual([]);
    for (const { user, meanwhile } of cases) if (meanwhile === 'disable') await expectEnabled(user);
  }

  /** What is not as the last answers said, although it had time to become so. */
  async function deviation(each: Case, answer: Answer | undefined): Promise<object | undefined> {
    const { user, pairs, begun, write, meanwhile } = each;
    const ending = MEANWHILE[meanwhile]?.ending ?? 'active';
    const last = ending === 'active' ? pairs.at(-1) : undefined;
    const stale = pairs.filter((pair) => pair.secret_key !== last?.secret_key);
    const wanted = {
      minio: { active: WHOLE(user), disabled: 'disabled', removed: GONE }[ending],
      told: { active: 'active, enforced', disabled: 'disabled', removed: 404 }[ending],
      ...{ works: 'ok', trespass: false, stale: false },
    };
    const look = async () => ({
      // of a user who is disabled MinIO does not take policies: they come back when it is enabled
      minio: ending === 'disabled' ? (await truth.state(user)).split(' ')[0] : await truth.state(user),
      told: await told(user),
      works: last ? await truth.use(last, user) : 'ok',
      trespass: last ? await truth.lives(last, neighbour) : false,
      stale: (await Promise.all(stale.map((pair) => truth.lives(pair, user)))).includes(true),
    });
    let seen = await look();
    const right = async (): Promise<boolean> => isDeepStrictEqual((seen = await look()), wanted);
    const converged = await waitFor('', right, { timeoutMs: CONVERGE_MS, everyMs: 250 }).catch(() => false);
    // an answer of the process that slept must not hold a pair that does not work
    const misled = answer?.body.secret_key !== undefined && answer.body.secret_key !== last?.secret_key;
    return converged && !misled
      ? undefined
      : { begun, write, meanwhile, wanted, seen, answered: answer?.status, misled };
  }

  async function expectEnabled(user: string): Promise<void> {
    await bodyOf(ask.enable(second.service, user), 200);
    const pair = await bodyOf(ask.pair(second.service, user, { rotate: false }), 200);
    await truth.expectWhole(second.service, user, pair, neighbour);
  }

  async function told(user: string): Promise<string | number> {
    const { status, body } = await ask.user(second.service, user);
    // who is disabled is told that, and nothing else
    if (status === 403 && body.code === 'user_disabled') return 'disabled';
    return status === 200
      ? body.status + (body.status === 'active' && body.enforced ? ', enforced' : '')
      : status;
  }
});

async function login(service: Service, user: string): Promise<Credential> {
  let pair: Credential | undefined;
  await waitFor(
    'the login',
    async () => {
      const { status, body } = await ask.pair(service, user);
      // being removed, or MinIO was too slow: whoever is told so comes again
      if (status === 409 || status === 503) return false;
      if (status !== 200 && status !== 201) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
      pair = body;
      return true;
    },
    { everyMs: 200 },
  );
  return pair as Credential;
}

/** A removal that MinIO was too slow for goes on by itself. */
async function remove(service: Service, user: string): Promise<void> {
  const { status } = await ask.remove(service, user);
  expect([202, 204]).toContain(status);
  if (status === 202)
    await waitFor('the removal', async () => (await ask.user(service, user)).status === 404, {
      everyMs: 100,
    });
}

/** When the process behind the proxy first wrote for each user, from now on. It may read before it has the lease. */
function firstWrites(proxy: Proxy): Map<string, number> {
  const first = new Map<string, number>();
  const note = (user: string): void => void (first.has(user) || first.set(user, performance.now()));
  proxy.hook(({ method }) => method !== 'GET', { before: (call) => note(userOf(call) ?? '') });
  return first;
}
