import { waitFor } from '../../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../../support/service/fleet.js';
import { Gate, userOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Call } from '../../support/network/proxy.js';
import type { Service } from '../../support/service/service.js';

/** Requests of one person that are under way at the busy process at once. */
const LANES = 20;
const LOGINS = 10;

const isPolicyOf = (user: string) => (call: Call) =>
  call.path.endsWith('/add-canned-policy') && userOf(call) === user;
/** The first call of a turn at a user's pair. */
const isLookAt = (user: string) => (call: Call) => call.path.endsWith('/user-info') && userOf(call) === user;

(hasPostgres() ? describe : describe.skip)('two processes that want one lease', () => {
  let fleet: Fleet;
  let busy: Replica;
  let other: Replica;
  let mallory: string;
  let bob: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    [busy, other] = [await fleet.add(), await fleet.add()];
  });
  afterAll(() => fleet?.stop());
  beforeEach(async () => {
    [mallory, bob] = [fleet.person('mallory'), fleet.person('bob')];
    for (const name of [mallory, bob]) await bodyOf(ask.pair(busy.service, name), 201);
    for (const { proxy } of [busy, other]) proxy.reset();
  });

  const share = (service: Service, name: string) =>
    ask.share(service, mallory, {
      path: `s3a://cdm-lake/users-warehouse/${mallory}/${name}/`,
      with_users: [bob],
    });
  const waiters = () => fleet.query(`select key from lease where key = 'user:${bob}' and wanted <> '[]'`);

  it('have it in turn: whoever waits stands behind the one turn that is under way', async () => {
    let isOver = false;
    let done = 0;
    const lane = async (): Promise<void> => {
      for (; !isOver; done += 1) await bodyOf(ask.pair(busy.service, bob), 200);
    };
    const lanes = Array.from({ length: LANES }, lane);
    const behind: number[] = [];
    // its first login also connects, and more begins meanwhile
    await bodyOf(ask.pair(other.service, bob), 200);
    for (let login = 0; login < LOGINS; login += 1) {
      await waitFor('the storm', () => done >= LANES * (login + 1), { everyMs: 5 });
      const from = busy.proxy.calls.length;
      let turns: number | undefined;
      other.proxy.reset();
      other.proxy.hook(isLookAt(bob), {
        before: () => void (turns ??= busy.proxy.calls.slice(from).filter(isLookAt(bob)).length),
      });
      await bodyOf(ask.pair(other.service, bob), 200);
      behind.push(turns ?? Infinity);
    }
    isOver = true;
    await Promise.all(lanes);
    console.log(`turns of the busy process before each login's own: ${behind.join(', ')}; ${done} in all`);
    // under way when the request was sent, and begun before it had come to the lease
    expect(Math.max(...behind)).toBeLessThanOrEqual(4);
  });

  it('a process that dies while it waits holds nobody up', async () => {
    const third = await fleet.add();
    const gate = new Gate(busy.proxy, isPolicyOf(bob), { call: 1, side: 'before' });
    const held = share(busy.service, 'held');
    await gate.reached;
    const lost = ask.pair(third.service, bob).catch(() => undefined);
    await waitFor('the third process to wait', async () => (await waiters()).length > 0, { everyMs: 5 });
    await third.service.kill();
    gate.open();
    expect((await held).status).toBe(200);
    await lost;
    // both of those that live go on, and nothing is taken over: nobody who held it has died
    await bodyOf(ask.pair(other.service, bob), 200);
    await bodyOf(ask.pair(busy.service, bob), 200);
    expect(await fleet.query(`select name from subject where name = '${bob}' and suspect`)).toEqual([]);
    expect(await fleet.query(`select key from lease where key = 'user:${bob}'`)).toEqual([]);
  });

  it('a process that dies while it holds it is followed by all who wait, each in its turn', async () => {
    const third = await fleet.add();
    const gate = new Gate(third.proxy, isPolicyOf(bob), { call: 1, side: 'before' });
    const lost = share(third.service, 'lost').catch(() => undefined);
    await gate.reached;
    const waiting = [busy, other].map(({ service }) => ask.pair(service, bob));
    await waitFor('somebody to wait', async () => (await waiters()).length > 0, { everyMs: 5 });
    await third.service.kill();
    gate.drop();
    for (const answer of await Promise.all(waiting)) expect([200, 503]).toContain(answer.status);
    await lost;
    await fleet.quiet();
    await bodyOf(ask.pair(busy.service, bob, { rotate: false }), 200);
    await bodyOf(ask.pair(other.service, bob), 200);
    const shares = await busy.service.request('GET', `/users/${mallory}/shares`, {
      token: `token-of-${mallory}`,
    });
    expect(shares.body.items).toHaveLength(1);
    await waitFor(
      'the lease to be free',
      async () => (await fleet.query(`select key from lease where key = 'user:${bob}'`)).length === 0,
    );
  });
});
