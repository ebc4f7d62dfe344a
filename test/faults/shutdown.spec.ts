import { existsSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { Fleet, type Replica, ask, bodyOf } from '../support/fleet.js';
import { Gate, userOf } from '../support/gate.js';
import { hasPostgres } from '../support/postgres.js';
import { Truth } from '../support/truth.js';

const GRACE_MS = 10_000;

function suite(kind: 'PGlite' | 'PostgreSQL'): void {
  let fleet: Fleet;
  let truth: Truth;
  let neighbour: string;
  let replica: Replica;

  beforeAll(async () => {
    fleet = await Fleet.start(kind);
    truth = new Truth(fleet.minio);
  }, 60_000);
  beforeEach(async () => {
    replica = await fleet.add();
    neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(replica.service, neighbour), 201);
  }, 60_000);
  afterAll(async () => {
    await truth.close();
    await fleet.stop();
  });

  it('lets the requests under way finish, takes no new ones, and the next process goes on at once', async () => {
    const { service, proxy } = replica;
    const { pid } = service;
    const users = Array.from({ length: 5 }, () => fleet.person());
    const gates = users.map(
      (user) => new Gate(proxy, (call) => userOf(call) === user, { call: 4, side: 'before' }),
    );
    const logins = users.map((user) => ask.pair(service, user));
    await Promise.all(gates.map(({ reached }) => reached));
    const stopped = timedStop();
    const refused = await refusal(service.port);
    for (const gate of gates) gate.open();
    const pairs = await Promise.all(logins.map((login) => bodyOf(login, 201)));
    const { code, ms } = await stopped;
    expect({ code, inTime: ms < GRACE_MS, refused, left: existsSync(`/proc/${pid}`) }).toEqual({
      ...{ code: 0, inTime: true, refused: true, left: false },
    });
    if (kind === 'PostgreSQL') expect(await fleet.query('select key from lease')).toEqual([]);
    // the same folder, or the same users' leases: nobody holds them any more
    const next = await fleet.add();
    const start = performance.now();
    const rotated = await Promise.all(users.map((user) => bodyOf(ask.pair(next.service, user), 200)));
    expect(performance.now() - start).toBeLessThan(4000);
    for (const [index, user] of users.entries()) {
      expect(await truth.lives(pairs[index], user)).toBe(false);
      await truth.expectWhole(next.service, user, rotated[index], neighbour);
    }
    await next.service.stop();
  }, 60_000);

  it('ends in time while MinIO hangs, and what was asked for is finished by the next process', async () => {
    const [user, other] = [fleet.person(), fleet.person()];
    const pair = await bodyOf(ask.pair(replica.service, user), 201);
    fleet.minio.pause();
    const answers = [ask.endSessions(replica.service, user), ask.pair(replica.service, other)];
    const settled = Promise.allSettled(answers);
    await written();
    const { code, ms } = await timedStop();
    fleet.minio.resume();
    expect({ code, inTime: ms < GRACE_MS }).toEqual({ code: 0, inTime: true });
    for (const each of await settled) {
      if (each.status === 'fulfilled') expect([202, 503]).toContain(each.value.status);
    }
    const next = await fleet.add();
    await truth.expectWhole(
      next.service,
      other,
      await bodyOf(ask.pair(next.service, other), 200, 201),
      neighbour,
    );
    expect(await truth.use(await bodyOf(ask.session(next.service, user), 201), user)).toBe('ok');
    await truth.expectWhole(next.service, user, pair, neighbour);
    await next.service.stop();
  }, 60_000);

  it('does not wait for clients: idle connections, half a request, an answer that nobody reads', async () => {
    const { port } = replica.service;
    const half = await open(
      port,
      `POST /users/${neighbour} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`,
    );
    const body = await open(port, `POST /users/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
    const idle = await open(port, '');
    const { code, ms } = await timedStop();
    for (const socket of [half, body, idle]) socket.destroy();
    expect({ code, inTime: ms < GRACE_MS }).toEqual({ code: 0, inTime: true });
  }, 60_000);

  async function timedStop(): Promise<{ code: number | string | null; ms: number }> {
    const start = performance.now();
    const code = await replica.service.stop(2 * GRACE_MS);
    return { code, ms: performance.now() - start };
  }

  /** Until the wish of the request is in the database: it is not lost from then on. */
  async function written(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

describe('SIGTERM, with PGlite', () => suite('PGlite'));
(hasPostgres() ? describe : describe.skip)('SIGTERM, with PostgreSQL', () => suite('PostgreSQL'));

/** Whether new connections are refused, or cut unanswered, before long. */
async function refusal(port: number): Promise<boolean> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/livez`, { headers: { connection: 'close' } }).catch(
      () => undefined,
    );
    if (!answer || answer.status === 503) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

function open(port: number, text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
    socket.on('error', reject);
  });
}
