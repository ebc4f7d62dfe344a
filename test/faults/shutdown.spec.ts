import { existsSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { waitFor } from '../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../support/service/fleet.js';
import { Gate, userOf } from '../support/network/gate.js';
import { hasPostgres } from '../support/servers/postgres.js';
import { Truth } from '../support/access/truth.js';

const GRACE_MS = 10_000;

function suite(kind: 'PGlite' | 'PostgreSQL'): void {
  let fleet: Fleet;
  let truth: Truth;
  let neighbour: string;
  let replica: Replica;

  beforeAll(async () => {
    fleet = await Fleet.start(kind);
    truth = new Truth(fleet.minio);
  });
  beforeEach(async () => {
    replica = await fleet.add();
    neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(replica.service, neighbour), 201);
  });
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
  });

  if (kind === 'PostgreSQL') return;

  it('ends in time while MinIO hangs, and what was asked for is finished by the next process', async () => {
    const { service, proxy } = replica;
    const [user, other] = [fleet.person(), fleet.person()];
    const pair = await bodyOf(ask.pair(service, user), 201);
    const session = await bodyOf(ask.session(service, user), 201);
    proxy.reset();
    fleet.minio.pause();
    const settled = Promise.allSettled([ask.endSessions(service, user), ask.pair(service, other)]);
    const called = (name: string) => proxy.calls.some((call) => userOf(call) === name);
    await waitFor('the calls to MinIO', () => called(user) && called(other));
    const { code, ms } = await timedStop();
    fleet.minio.resume();
    expect({ code, inTime: ms < GRACE_MS }).toEqual({ code: 0, inTime: true });
    for (const each of await settled) {
      if (each.status === 'fulfilled') expect([202, 503]).toContain(each.value.status);
    }
    const next = await fleet.add();
    const login = await bodyOf(ask.pair(next.service, other), 200, 201);
    await truth.expectWhole(next.service, other, login, neighbour);
    await waitFor('the end of the session', async () => !(await truth.lives(session, user)), {
      everyMs: 100,
    });
    expect(await truth.use(await bodyOf(ask.session(next.service, user), 201), user)).toBe('ok');
    await truth.expectWhole(next.service, user, pair, neighbour);
    await next.service.stop();
  });

  it('does not wait for clients that keep a connection, or do not finish their request', async () => {
    const { port } = replica.service;
    const header = `POST /users/${neighbour} HTTP/1.1\r\nHost: x\r\n`;
    const sockets = await Promise.all(
      ['', header, `${header}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`].map((text) =>
        open(port, text),
      ),
    );
    const { code, ms } = await timedStop();
    for (const socket of sockets) socket.destroy();
    expect({ code, inTime: ms < GRACE_MS }).toEqual({ code: 0, inTime: true });
  });

  async function timedStop(): Promise<{ code: number | string | null; ms: number }> {
    const start = performance.now();
    const code = await replica.service.stop(2 * GRACE_MS);
    return { code, ms: performance.now() - start };
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
