import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { waitFor } from '../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../support/fleet.js';
import { Gate, userOf } from '../support/gate.js';
import { hasPostgres } from '../support/postgres.js';
import type { Call } from '../support/proxy.js';
import type { Answer, Service } from '../support/service.js';
import { type Credential, GONE, Truth, WHOLE } from '../support/truth.js';

type Ending = 'active' | 'disabled' | 'removed';

/** What the first process is busy with when it stops in the middle of a write. */
const BEGUN: Record<string, (service: Service, user: string) => Promise<Answer>> = {
  'first login': (service, user) => ask.pair(service, user),
  rotation: (service, user) => ask.pair(service, user),
  disable: (service, user) => ask.disable(service, user),
  delete: (service, user) => ask.remove(service, user),
};

/** What the second process is asked for meanwhile: the credentials that were handed out, the last one in force. */
const MEANWHILE: Record<string, { ending: Ending; act(service: Service, user: string): Promise<Credential[]> }> = {
  'rotate twice': {
    ending: 'active',
    act: async (service, user) => [await login(service, user), await login(service, user)],
  },
  'delete and log in': {
    ending: 'active',
    async act(service, user) {
      const before = await ask.pair(service, user, { rotate: false });
      await bodyOf(ask.remove(service, user), 204);
      return [...(before.status === 200 ? [before.body] : []), await login(service, user)];
    },
  },
  disable: {
    ending: 'disabled',
    async act(service, user) {
      const pair = await login(service, user);
      await bodyOf(ask.disable(service, user), 200);
      return [pair];
    },
  },
  delete: {
    ending: 'removed',
    async act(service, user) {
      await bodyOf(ask.remove(service, user), 204);
      return [];
    },
  },
};

/** The worker looks every second; a write that nobody answers for any more is looked for a lease later. */
const CONVERGE_MS = 12_000;

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
  }, 60_000);
  afterAll(async () => {
    await truth.close();
    await fleet.stop();
  });

  it.each([
    { end: 'wakes late', meanwhile: Object.keys(MEANWHILE) },
    { end: 'never wakes', meanwhile: ['rotate twice', 'delete and log in'] },
  ])(
    'and $end: its writes arrive after the takeover, and nothing stale is left',
    async ({ end, meanwhile }) => {
      const first = await fleet.add();
      const cases = await makeCases(first, meanwhile);
      const gates = cases.map(({ user, write }) => {
        return new Gate(first.proxy, (call) => userOf(call) === user, { call: write, side: 'before' });
      });
      const begun = cases.map(({ begun, user }) => BEGUN[begun]?.(first.service, user).catch(() => undefined));
      // a call that is held for two seconds is given up: the process must stop before
      const reached = gates.map((gate) => gate.reached);
      await Promise.race([Promise.all(reached), Promise.race(reached).then(() => setTimeout(1500))]);
      first.service.pause();
      const late = first.proxy.calls.filter(({ status, method }) => status === undefined && method !== 'GET');
      console.log(`${end}: ${cases.length} operations, ${late.length} writes held`);
      expect(late.length).toBeGreaterThan(cases.length / 2);
      await Promise.all(cases.map((each) => takeOver(each)));
      // who wakes late must find out alone; where nobody wakes, the others look again in time
      if (end === 'wakes late') await fleet.quiet();
      for (const gate of gates) gate.open();
      await waitFor('the late writes', () => late.every(({ status }) => status !== undefined));
      if (end === 'never wakes') await first.service.kill();
      else first.service.resume();
      const answers = await Promise.all(begun);
      const wrong = await Promise.all(cases.map((each, index) => deviation(each, answers[index])));
      expect(wrong.filter((each) => each !== undefined)).toEqual([]);
      for (const { user, meanwhile } of cases) if (meanwhile === 'disable') await expectEnabled(user);
      if (first.service.isRunning()) await first.service.stop();
    },
    90_000,
  );

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
        for (const turn of [0, 1]) {
          const other = meanwhile[cases.length % meanwhile.length] ?? '';
          cases.push({ begun, meanwhile: other, write: index + 1 });
        }
      }
    }
    return Promise.all(cases.map(async (each) => ({ ...each, ...(await prepare(each.begun)) })));
  }

  async function prepare(begun: string): Promise<{ user: string; pairs: Credential[] }> {
    const user = fleet.person('sleeper');
    return { user, pairs: begun === 'first login' ? [] : [await bodyOf(ask.pair(second.service, user), 201)] };
  }

  async function takeOver(each: Case): Promise<void> {
    const { begun, meanwhile, user } = each;
    if (begun === 'disable') await waitFor('the user enabled', async () => (await ask.enable(second.service, user)).status === 200);
    each.pairs.push(...((await MEANWHILE[meanwhile]?.act(second.service, user)) ?? []));
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
    return converged && !misled ? undefined : { begun, write, meanwhile, wanted, seen, answered: answer?.status, misled };
  }

  async function expectEnabled(user: string): Promise<void> {
    await bodyOf(ask.enable(second.service, user), 200);
    const pair = await bodyOf(ask.pair(second.service, user, { rotate: false }), 200);
    await truth.expectWhole(second.service, user, pair, neighbour);
  }

  async function told(user: string): Promise<string | number> {
    const { status, body } = await ask.user(second.service, user);
    return status === 200 ? body.status + (body.status === 'active' && body.enforced ? ', enforced' : '') : status;
  }
});

async function login(service: Service, user: string): Promise<Credential> {
  let pair: Credential | undefined;
  await waitFor('the login', async () => {
    const { status, body } = await ask.pair(service, user);
    // being removed, or MinIO was too slow: whoever is told so comes again
    if (status === 409 || status === 503) return false;
    if (status !== 200 && status !== 201) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
    pair = body;
    return true;
  }, { everyMs: 200 });
  return pair as Credential;
}
