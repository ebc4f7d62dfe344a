import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { waitFor } from '../../scripts/child.mjs';
import {
  CrashBench,
  type Held,
  type Moment,
  type Operation,
  playAll,
  type Victim,
} from '../support/crash/crash.js';
import { ADMIN_TOKEN, ask, bodyOf } from '../support/service/fleet.js';
import { Gate, type Point, pointsOf } from '../support/network/gate.js';
import { hasPostgres } from '../support/servers/postgres.js';
import { type Credential, LAKE } from '../support/access/probe.js';
import type { Call } from '../support/network/proxy.js';
import { S3 } from '../support/access/s3.js';
import type { Service } from '../support/service/service.js';
import { DISABLED, GONE, WHOLE } from '../support/access/truth.js';

/** Both at once, because each waits for seconds after a death. */
const LANES = hasPostgres() ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const);

/** The two sides of a call are on different databases, and the first side now on the one, now on the other. */
const laneOf = (index: number) => (index + Math.floor(index / 2)) % LANES.length;

const pairOf = ({ pair }: Held): Credential[] => [pair];
const allOf = ({ pair, session, accessKey }: Held): Credential[] => [pair, session, accessKey];
const sessionOf = ({ session }: Held): Credential[] => [session];

const OPERATIONS: Operation[] = [
  {
    ...{ name: 'first login', existing: false, ends: () => [] },
    act: (service, user) => ask.pair(service, user),
    recover: nextLoginWorks,
  },
  {
    ...{ name: 'first login by a session', existing: false, ends: () => [] },
    act: (service, user) => ask.session(service, user),
    recover: nextLoginWorks,
  },
  {
    ...{ name: 'rotation', existing: true, ends: pairOf },
    act: (service, user) => ask.pair(service, user),
    recover: nextLoginWorks,
  },
  {
    ...{ name: 'end of sessions', existing: true, ends: sessionOf },
    act: (service, user) => ask.endSessions(service, user),
    recover: sessionsEnd,
  },
  {
    ...{ name: 'disable', existing: true, ends: allOf },
    act: (service, user) => ask.disable(service, user),
    recover: disabledStays,
    afterwards: enabledAgain,
  },
  {
    ...{ name: 'delete', existing: true, ends: allOf },
    act: (service, user) => ask.remove(service, user),
    recover: createdAnew,
  },
];

/** Whoever logs in next gets what works; of a rotation that was cut off, at most one pair is left. */
async function nextLoginWorks(bench: CrashBench, { user, held, point }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
  const { service } = bench.replica;
  // one half comes back for a session, the other for the pair
  if (point.side === 'after') {
    expect(await truth.use(await bodyOf(ask.session(service, user), 201), user)).toBe('ok');
  }
  const now = await bodyOf(ask.pair(service, user, { rotate: false }), 200, 201);
  await truth.expectWhole(service, user, now, neighbour);
  if (held && held.pair.secret_key !== now.secret_key) expect(await truth.lives(held.pair, user)).toBe(false);
  const next = await bodyOf(ask.pair(service, user), 200);
  expect([next.rotated, await truth.lives(now, user)]).toEqual([true, false]);
  await truth.expectWhole(service, user, next, neighbour);
  if (held)
    expect([await truth.use(held.session, user), await truth.use(held.accessKey, user)]).toEqual([
      'ok',
      'ok',
    ]);
  const created = await bodyOf(ask.audit(service, `subject=${user}&action=user.created`), 200);
  expect(created.items).toHaveLength(1);
}

async function sessionsEnd(bench: CrashBench, { user, held, point }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
  const { service } = bench.replica;
  // without a login the worker does it, with one the login
  const login = point.side === 'after' ? await bodyOf(ask.session(service, user), 201) : undefined;
  await waitFor(`${user} is settled`, () => settled(service, user), { everyMs: 250 });
  expect(await truth.use(login ?? (await bodyOf(ask.session(service, user), 201)), user)).toBe('ok');
  const { secret_key } = await bodyOf(ask.pair(service, user, { rotate: false }), 200);
  expect([secret_key, held && (await truth.use(held.accessKey, user))]).toEqual([
    held?.pair.secret_key,
    'ok',
  ]);
  await truth.expectWhole(service, user, held?.pair as Credential, neighbour);
}

async function disabledStays(bench: CrashBench, { user }: Victim): Promise<void> {
  const { service } = bench.replica;
  for (const login of [ask.pair(service, user), ask.session(service, user)]) {
    expect(await bodyOf(login, 403)).toMatchObject({ code: 'user_disabled' });
  }
  await waitFor(`${user} is settled`, () => settled(service, user), { everyMs: 250 });
  expect(await bench.truth.state(user)).toBe(DISABLED(user));
}

async function enabledAgain(bench: CrashBench, { user, held }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
  const { service } = bench.replica;
  await bodyOf(ask.enable(service, user), 200);
  await truth.expectWhole(service, user, held?.pair as Credential, neighbour);
  expect(await truth.lives(held?.session as Credential, user)).toBe(false);
}

async function createdAnew(bench: CrashBench, { user }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
  const { service } = bench.replica;
  let pair: Credential | undefined;
  await waitFor(
    `${user} is removed`,
    async () => {
      const { status, body } = await ask.pair(service, user);
      if (status === 409) expect(body.code).toBe('user_being_removed');
      // MinIO, or the removal that is being finished, took too long for the login, which comes again
      else if (status === 503) expect(['storage_unavailable', 'busy']).toContain(body.code);
      else expect({ status, ...body }).toMatchObject({ status: 201, created: true });
      pair = status === 201 ? body : undefined;
      return pair;
    },
    { everyMs: 250 },
  );
  await truth.expectWhole(service, user, pair as Credential, neighbour);
  const removal = await ask.remove(service, user);
  // 202: MinIO took too long, so the removal goes on by itself
  expect([202, 204]).toContain(removal.status);
  if (removal.status === 202)
    await waitFor(`${user} is gone`, async () => (await truth.state(user)) === GONE, { everyMs: 250 });
  expect(await truth.state(user)).toBe(GONE);
}

/** An administrator asks: whoever is disabled is told nothing. */
async function settled(service: Service, user: string): Promise<boolean> {
  return (await bodyOf(service.request('GET', `/users/${user}`, { token: ADMIN_TOKEN }), 200)).enforced;
}

describe('killed anywhere', () => {
  let benches: CrashBench[];
  beforeAll(async () => {
    benches = await Promise.all(LANES.map((kind) => CrashBench.start(kind)));
  });
  afterAll(() => Promise.all((benches ?? []).map((bench) => bench.stop())));

  // the calls are the same on both databases, and each point is played on one of them
  it(`in: ${OPERATIONS.map(({ name }) => name).join('; ')}`, async () => {
    const [first] = benches as [CrashBench];
    const moments: Moment<Operation>[] = [];
    for (const operation of OPERATIONS) {
      const calls = await first.callsOf(operation);
      const points = pointsOf(calls);
      console.log(`${operation.name}: ${calls.length} calls to MinIO, ${points.length} crash points`);
      expect(points.length).toBeGreaterThanOrEqual(3);
      moments.push(...points.map((point) => ({ operation, point })));
    }
    const plays = benches.map((bench, lane) =>
      playAll(
        moments.filter((_, index) => laneOf(index) === lane),
        (some) => bench.dieAt(some),
      ),
    );
    for (const result of await Promise.allSettled(plays))
      if (result.status === 'rejected') throw result.reason as Error;
  }, 600_000);

  it('while the very first login makes the bucket', async () => {
    const [bench] = benches as [CrashBench];
    const isOfBucket = ({ path }: Call): boolean => path.replace(/\/$/, '') === `/${LAKE}`;
    const points: Point[] = [1, 2].flatMap((call) => [
      { call, side: 'before' },
      { call, side: 'after' },
    ]);
    for (const point of points) {
      await withoutBucket(bench);
      const { service, proxy } = bench.replica;
      const user = bench.fleet.person('pioneer');
      const gate = new Gate(proxy, isOfBucket, point);
      const act = ask.pair(service, user).catch(() => 'cut off');
      await gate.reached;
      await bench.restart(async () => {
        gate.drop();
        expect(await act).toBe('cut off');
      });
      const pair = await bodyOf(ask.pair(bench.replica.service, user), 200, 201);
      expect([await bench.truth.use(pair, user), await bench.truth.state(user)]).toEqual(['ok', WHOLE(user)]);
    }
  });
});

async function withoutBucket({ fleet }: CrashBench): Promise<void> {
  const s3 = new S3({ ...fleet.minio });
  for (const key of await s3.list(LAKE, '')) await s3.delete(LAKE, key);
  await s3.client.send(new DeleteBucketCommand({ Bucket: LAKE }));
  s3.close();
}
