import { waitFor } from '../../../scripts/child.mjs';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import { ended, submit } from '../../support/workflows/provisions.js';
import { Relay } from '../../support/network/relay.js';
import { runSql } from '../../support/database/sql.js';
import type { Answer } from '../../support/service/service.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** Who keep several connections busy at once. */
const READERS = 8;

(hasPostgres() ? describe : describe.skip)('a database that takes no writes', () => {
  let postgres: PostgresServer;
  let standby: PostgresServer;
  let relay: Relay;
  let stack: Stack;
  const alter = (value: string) =>
    runSql({ DATABASE_URL: postgres.url }, [
      `alter system set default_transaction_read_only = ${value}`,
      'select pg_reload_conf()',
    ]);
  const readyz = async () => (await stack.service.request('GET', '/readyz')).status;

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = new URL(await postgres.createDatabase());
    relay = await Relay.start({ host: '127.0.0.1', port: postgres.port });
    url.port = String(relay.port);
    stack = await startStack({ database: url.href });
    expect((await stack.person('alice').post('/users/alice')).status).toBe(201);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await relay?.cut();
    await standby?.stop();
    await postgres?.stop();
  });

  it('is 503 with a time to come back, and not ready; when it takes them again the service goes on', async () => {
    const alice = stack.person('alice');
    await alter('on');
    await waitFor('not ready', async () => (await readyz()) === 503);
    for (const answer of [
      await alice.post('/users/alice'),
      await alice.post('/users/alice/sessions'),
      await stack.person('newcomer').post('/users/newcomer'),
      await stack.admin.post('/groups/Team', {}),
      await stack.admin.post('/provision', { userId: 'alice', roles: [] }),
    ]) {
      expect(problemOf(answer)).toEqual([503, 'database_unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    await alter('off');
    await waitFor('ready', async () => (await readyz()) === 200);
    expect((await alice.post('/users/alice/sessions')).status).toBe(201);
    expect((await stack.person('newcomer').post('/users/newcomer')).status).toBe(201);
  });

  it('because connections lead to a standby is left as soon as new ones lead elsewhere', async () => {
    const names = Array.from({ length: READERS }, (_, number) => `reader${number}`);
    const all = (ask: (name: string) => Promise<Answer>) => Promise.all(names.map(ask));
    const login = (name: string) => stack.person(name).post(`/users/${name}/sessions`);
    for (const { status } of await all(login)) expect(status).toBe(201);
    standby = await startPostgres({ primary: postgres });
    await relay.cut();
    await relay.moveTo({ host: '127.0.0.1', port: standby.port });
    const read = (name: string) => stack.person(name).get(`/users/${name}`);
    await waitFor('the standby', async () => (await all(read)).every(({ status }) => status === 200));
    expect(await readyz()).toBe(503);
    for (const answer of await all(login)) expect(problemOf(answer)).toEqual([503, 'database_unavailable']);
    // nobody cuts the connections that the service has
    await relay.moveTo({ host: '127.0.0.1', port: postgres.port });
    await waitFor('everybody', async () => (await all(login)).every(({ status }) => status === 201));
    expect(await readyz()).toBe(200);
    const made = await submit(stack.admin, 'bucket', { bucket: 'bucket-after' });
    expect((await ended(stack.admin, made)).status).toBe('completed');
  }, 60_000);
});
