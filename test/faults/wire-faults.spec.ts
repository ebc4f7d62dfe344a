import { isDeepStrictEqual } from 'node:util';
import { waitFor } from '../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../support/fleet.js';
import { userOf } from '../support/gate.js';
import type { Call, Fault } from '../support/proxy.js';
import type { Answer, Service } from '../support/service.js';
import { type Credential, DISABLED, GONE, Truth, WHOLE } from '../support/truth.js';

/** A call may take two seconds, and is looked for six seconds more: the late one is applied in between, when others were long done. */
const FAULTS: Record<string, Fault> = {
  'answer lost': 'drop-answer',
  'refused with 503': { answer: 503 },
  'applied too late': { delayMs: 6000 },
  'answer cut off': { truncate: 10 },
  'request lost': 'drop',
};

const ENDS = 'end of sessions';

interface Operation {
  name: string;
  existing: boolean;
  act(service: Service, user: string): Promise<Answer>;
  /** What the caller may be told. */
  answers: number[];
  ending: 'active' | 'disabled' | 'removed';
}

const OPERATIONS: Operation[] = [
  { name: 'first login', existing: false, act: ask.pair, answers: [200, 201, 503], ending: 'active' },
  { name: 'first session', existing: false, act: ask.session, answers: [201, 503], ending: 'active' },
  { name: 'rotation', existing: true, act: ask.pair, answers: [200, 503], ending: 'active' },
  { name: 'session', existing: true, act: ask.session, answers: [201, 503], ending: 'active' },
  { name: ENDS, existing: true, act: ask.endSessions, answers: [202, 204], ending: 'active' },
  { name: 'disable', existing: true, act: ask.disable, answers: [200, 202], ending: 'disabled' },
  { name: 'delete', existing: true, act: ask.remove, answers: [202, 204], ending: 'removed' },
];

interface Case {
  operation: Operation;
  /** Number of the call, among those of the operation, that goes wrong. */
  call: number;
  fault: string;
  user: string;
  /** What was handed out, the pair in force last. */
  pairs: Credential[];
  session?: Credential;
}

describe('calls to MinIO that go wrong', () => {
  let fleet: Fleet;
  let truth: Truth;
  let replica: Replica;
  let neighbour: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PGlite');
    truth = new Truth(fleet.minio);
    replica = await fleet.add();
    neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(replica.service, neighbour), 201);
  }, 60_000);
  afterAll(async () => {
    await truth.close();
    await fleet.stop();
  });

  it.each([
    {
      what: 'logins',
      operations: OPERATIONS.filter(({ ending, name }) => ending === 'active' && name !== ENDS),
    },
    {
      what: 'what ends credentials',
      operations: OPERATIONS.filter(({ ending, name }) => ending !== 'active' || name === ENDS),
    },
  ])(
    '$what: whichever call goes wrong, however, it comes right and the next login works',
    async ({ operations }) => {
      const cases: Case[] = [];
      for (const operation of operations) cases.push(...(await makeCases(operation)));
      console.log(`${operations.map(({ name }) => name).join(', ')}: ${cases.length} calls go wrong`);
      const tampered: Call[] = [];
      for (const each of cases) tamper(each, tampered);
      const wrong = await Promise.all(
        cases.map((each) => play(each).catch((error: unknown) => describeCase(each, error))),
      );
      expect(wrong.filter((each) => each !== undefined)).toEqual([]);
      expect(tampered).toHaveLength(cases.length);
    },
    60_000,
  );

  /** Every call with two of the faults, the one that replaces the secret with all of them. */
  async function makeCases(operation: Operation): Promise<Case[]> {
    const dry = await prepare(operation);
    replica.proxy.reset();
    await bodyOf(operation.act(replica.service, dry.user), ...operation.answers);
    const calls = replica.proxy.calls.filter((call) => userOf(call) === dry.user);
    const names = Object.keys(FAULTS);
    const wanted = calls.flatMap(({ path }, index) => {
      const all = path.endsWith('/add-user');
      const some = [names[index % names.length], names[(index + 2) % names.length]];
      return (all ? names : some).map((fault = '') => ({ operation, call: index + 1, fault }));
    });
    return Promise.all(wanted.map(async (each) => ({ ...each, ...(await prepare(operation)) })));
  }

  async function prepare({
    existing,
  }: Operation): Promise<{ user: string; pairs: Credential[]; session?: Credential }> {
    const user = fleet.person('unlucky');
    if (!existing) return { user, pairs: [] };
    const pairs = [await bodyOf(ask.pair(replica.service, user), 201)];
    return { user, pairs, session: await bodyOf(ask.session(replica.service, user), 201) };
  }

  function tamper({ user, call: wanted, fault }: Case, tampered: Call[]): void {
    let count = 0;
    const isIt = (call: Call): boolean => {
      if (userOf(call) !== user || (count += 1) !== wanted) return false;
      tampered.push(call);
      return true;
    };
    replica.proxy.fail(isIt, FAULTS[fault] ?? 'drop');
  }

  async function play(each: Case): Promise<object | undefined> {
    const { operation, user, pairs } = each;
    const { service } = replica;
    const answer = await operation.act(service, user);
    expect(operation.answers).toContain(answer.status);
    if (answer.body.secret_key && !answer.body.session_token) pairs.push(answer.body);
    // at once, before a late call arrives: the login, and what makes the late call stale
    if (operation.ending === 'active') {
      const login = await soon(() => ask.session(service, user), 201);
      expect(await truth.use(login, user)).toBe('ok');
      pairs.push(
        await soon(() => ask.pair(service, user), 200, 201),
        await soon(() => ask.pair(service, user), 200),
      );
    }
    return deviation(each);
  }

  async function deviation({
    operation,
    user,
    call,
    fault,
    pairs,
    session,
  }: Case): Promise<object | undefined> {
    const { ending, name } = operation;
    const last = ending === 'active' ? pairs.at(-1) : undefined;
    const old = pairs.filter((pair) => pair.secret_key !== last?.secret_key);
    if (session && ending !== 'active') old.push(session);
    if (session && name === ENDS) old.push(session);
    const minio = { active: WHOLE(user), disabled: DISABLED(user), removed: GONE }[ending];
    const wanted = { minio, works: 'ok', trespass: false, stale: false };
    const look = async () => ({
      minio: await truth.state(user),
      works: last ? await truth.use(last, user) : 'ok',
      trespass: last ? await truth.lives(last, neighbour) : false,
      stale: (await Promise.all(old.map((each) => truth.lives(each, user)))).includes(true),
    });
    // right at first, wrong when the late call arrives, right again when it is looked for: all of this is over by then
    const until = performance.now() + (fault === 'applied too late' ? SETTLED_MS : 0);
    let seen: unknown;
    const right = async () => isDeepStrictEqual((seen = await look()), wanted) && performance.now() > until;
    const converged = await waitFor('', right, { timeoutMs: 20_000, everyMs: 250 }).catch(() => false);
    return converged ? undefined : { operation: name, call, fault, wanted, seen };
  }

  function describeCase({ operation: { name }, call, fault }: Case, error: unknown): object {
    return { operation: name, call, fault, error: String(error) };
  }
});

/** A late call is looked for six seconds after it was given up, and the worker looks every second. */
const SETTLED_MS = 8000;

/** MinIO was just found wanting: who is told 503 comes again. */
async function soon(call: () => Promise<Answer>, ...statuses: number[]): Promise<any> {
  let answer: Answer | undefined;
  await waitFor('the login', async () => (answer = await call()).status !== 503, {
    timeoutMs: 10_000,
    everyMs: 100,
  });
  return bodyOf(Promise.resolve(answer as Answer), ...statuses);
}
