import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { waitFor } from '../../scripts/child.mjs';
import { CrashBench, type Held, type Operation, playAll, type Victim } from '../support/crash/crash.js';
import { ADMIN_TOKEN, ask, bodyOf } from '../support/fleet.js';
import { Gate, type Point, pointsOf } from '../support/gate.js';
import { hasPostgres } from '../support/postgres.js';
import { type Credential, LAKE } from '../support/probe.js';
import type { Call } from '../support/proxy.js';
import { S3 } from '../support/s3.js';
import type { Service } from '../support/service.js';
import { DISABLED, GONE, WHOLE } from '../support/truth.js';

let bench: CrashBench;

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
async function nextLoginWorks(service: Service, { user, held, point }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
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

async function sessionsEnd(service: Service, { user, held, point }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
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

async function disabledStays(service: Service, { user }: Victim): Promise<void> {
  for (const login of [ask.pair(service, user), ask.session(service, user)]) {
    expect(await bodyOf(login, 403)).toMatchObject({ code: 'user_disabled' });
  }
  await waitFor(`${user} is settled`, () => settled(service, user), { everyMs: 250 });
  expect(await bench.truth.state(user)).toBe(DISABLED(user));
}

async function enabledAgain(service: Service, { user, held }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
  await bodyOf(ask.enable(service, user), 200);
  await truth.expectWhole(service, user, held?.pair as Credential, neighbour);
  expect(await truth.lives(held?.session as Credential, user)).toBe(false);
}

async function createdAnew(service: Service, { user }: Victim): Promise<void> {
  const { truth, neighbour } = bench;
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

function everyPoint(kind: 'PGlite' | 'PostgreSQL'): void {
  beforeAll(async () => {
    bench = await CrashBench.start(kind);
  });
  afterAll(() => bench.stop());

  it.each(OPERATIONS)('killed anywhere in: $name', async (operation) => {
    const calls = await bench.callsOf(operation);
    const points = pointsOf(calls);
    console.log(`${kind}, ${operation.name}: ${calls.length} calls to MinIO, ${points.length} crash points`);
    expect(points.length).toBeGreaterThanOrEqual(3);
    await playAll(
      points.map((point) => ({ operation, point })),
      (some) => bench.dieAt(some),
    );
  });
}

describe('with PGlite', () => {
  everyPoint('PGlite');

  it('killed anywhere while the very first login makes the bucket', async () => {
    const isOfBucket = ({ path }: Call): boolean => path.replace(/\/$/, '') === `/${LAKE}`;
    const points: Point[] = [1, 2].flatMap((call) => [
      { call, side: 'before' },
      { call, side: 'after' },
    ]);
    for (const point of points) {
      await withoutBucket();
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

  async function withoutBucket(): Promise<void> {
    const s3 = new S3({ ...bench.fleet.minio });
    for (const key of await s3.list(LAKE, '')) await s3.delete(LAKE, key);
    await s3.client.send(new DeleteBucketCommand({ Bucket: LAKE }));
    s3.close();
  }
});

(hasPostgres() ? describe : describe.skip)('with PostgreSQL', () => everyPoint('PostgreSQL'));
