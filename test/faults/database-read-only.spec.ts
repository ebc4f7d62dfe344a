import { waitFor } from '../../scripts/child.mjs';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.js';
import { problemOf } from '../support/problems.js';
import { runSql } from '../support/sql.js';
import { type Stack, START_MS, startStack } from '../support/stack.js';

(hasPostgres() ? describe : describe.skip)('a database that takes no writes', () => {
  let postgres: PostgresServer;
  let stack: Stack;
  const alter = (value: string) =>
    runSql(stack.env, [
      `alter system set default_transaction_read_only = ${value}`,
      'select pg_reload_conf()',
    ]);
  const readyz = async () => (await stack.service.request('GET', '/readyz')).status;

  beforeAll(async () => {
    postgres = await startPostgres();
    stack = await startStack({ database: await postgres.createDatabase() });
    expect((await stack.person('alice').post('/users/alice')).status).toBe(201);
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
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
});
