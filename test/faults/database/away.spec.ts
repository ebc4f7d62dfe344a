import { waitFor } from '../../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../../support/service/fleet.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { Relay } from '../../support/network/relay.js';
import { GONE, Truth } from '../../support/access/truth.js';
import type { Answer } from '../../support/service/service.js';

/** A pool that waits for a connection, and a statement that is not answered, take four seconds each. */
const PROMPT_MS = 10_000;
/** A lease runs out after six seconds; one more call, and one more try. */
const TAKEOVER_MS = 60_000;

(hasPostgres() ? describe : describe.skip)('PostgreSQL away', () => {
  let fleet: Fleet;
  let truth: Truth;
  let relay: Relay;
  let replica: Replica;
  let neighbour: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    truth = new Truth(fleet.minio);
    const url = new URL(fleet.databaseUrl);
    relay = await Relay.start({ host: url.hostname, port: Number(url.port) });
    url.port = String(relay.port);
    replica = await fleet.add({ env: { DATABASE_URL: url.href } });
    neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(replica.service, neighbour), 201);
  });
  afterAll(async () => {
    await truth.close();
    await fleet.stop();
    await relay.cut();
  });

  it.each([
    { way: 'gone', leave: () => relay.cut() },
    { way: 'hanging', leave: () => Promise.resolve(relay.hang()) },
  ])(
    '$way: every call is a 503 that says so, nothing of it is in MinIO, and it heals without a restart',
    async ({ leave }) => {
      const { service, proxy } = replica;
      const [user, stranger] = [fleet.person(), fleet.person()];
      const pair = await bodyOf(ask.pair(service, user), 201);
      proxy.reset();
      await leave();
      const start = performance.now();
      const answers = await Promise.all([
        ask.pair(service, user),
        ask.pair(service, user, { rotate: false }),
        ask.session(service, user),
        ask.accessKey(service, user),
        ask.endSessions(service, user),
        ask.user(service, user),
        ask.pair(service, stranger),
        ask.disable(service, user),
        ask.remove(service, user),
        ask.audit(service, ''),
      ]);
      const took = performance.now() - start;
      const [ready, live] = await Promise.all([
        service.request('GET', '/readyz'),
        service.request('GET', '/livez'),
      ]);
      await relay.accept();
      for (const answer of answers) expectAway(answer);
      expect(took).toBeLessThan(PROMPT_MS);
      expect([ready.status, ready.body.dependencies.database, live.status]).toEqual([503, 'down', 200]);
      expect(proxy.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
      await waitFor('the service healed', async () => (await ask.session(service, user)).status === 201);
      expect((await bodyOf(ask.pair(service, user, { rotate: false }), 200)).secret_key).toBe(
        pair.secret_key,
      );
      await truth.expectWhole(service, user, pair, neighbour);
      expect((await service.request('GET', '/readyz')).status).toBe(200);
    },
  );

  it('gone in the middle of calls: the process lives', async () => {
    const { service } = replica;
    for (let round = 1; round <= 5; round += 1) {
      const begun = Array.from({ length: 50 }, () => ask.pair(service, neighbour, { rotate: false }));
      await Promise.race(begun);
      await relay.cut();
      const answers = await Promise.allSettled(begun);
      await relay.accept();
      expect({ round, running: service.isRunning() }).toEqual({ round, running: true });
      for (const each of answers) {
        if (each.status === 'rejected') throw each.reason as Error;
        if (each.value.status !== 200) expectAway(each.value);
      }
      await waitFor('the service healed', async () => (await ask.session(service, neighbour)).status === 201);
    }
  });

  it('gone in the middle of first logins: what was half done is finished', async () => {
    const { service } = replica;
    const users = Array.from({ length: 20 }, () => fleet.person());
    const begun = users.map((user) => ask.pair(service, user));
    // some are in the database, some in MinIO, some on their way
    await Promise.race(begun);
    await relay.cut();
    const answers = await Promise.all(begun);
    await relay.accept();
    for (const answer of answers) if (answer.status !== 201) expectAway(answer);
    expect(answers.map(({ status }) => status)).toContain(503);
    await waitFor('the service healed', async () => (await ask.session(service, neighbour)).status === 201);
    await Promise.all(
      users.map(async (user, index) => {
        const pair = await bodyOf(ask.pair(service, user, { rotate: false }), 200, 201);
        if (answers[index]?.status === 201) expect(pair.secret_key).toBe(answers[index].body.secret_key);
        await truth.expectWhole(service, user, pair, neighbour);
      }),
    );
  });

  it('held by a process that stops in the middle of a transaction: the others go on', async () => {
    const user = fleet.person('held');
    const sleeper = await fleet.add();
    await bodyOf(ask.pair(sleeper.service, user), 201);
    // the removal's transaction has locked the user's row when it comes to this trigger
    await fleet.query(`create function linger() returns trigger language plpgsql as $$ begin
      perform pg_sleep(1); return new; end $$`);
    await fleet.query(`create trigger linger before insert on audit_event for each row
      when (new.subject_name = '${user}' and new.action = 'user.removed') execute function linger()`);
    const removal = ask.remove(sleeper.service, user);
    const sleeping = `select 1 from pg_stat_activity where wait_event = 'PgSleep'`;
    await waitFor('the transaction', async () => (await fleet.query(sleeping)).length > 0);
    sleeper.service.pause();
    await waitFor('its end', async () => (await fleet.query(sleeping)).length === 0);
    const removed = async () => (await ask.remove(replica.service, user)).status === 204;
    await waitFor('the removal by another process', removed, { timeoutMs: TAKEOVER_MS });
    sleeper.service.resume();
    expect([202, 503]).toContain((await removal).status);
    expect([await truth.state(user), sleeper.service.isRunning()]).toEqual([GONE, true]);
  });
});

function expectAway(answer: Answer): void {
  const { status, body, headers } = answer;
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'database_unavailable' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(JSON.stringify(body)).not.toMatch(/ at |node_modules|ECONN|postgres/i);
}
