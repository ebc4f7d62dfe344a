import { pathOf } from '../../support/access/sharing.js';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../../support/servers/pgbouncer.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { ended, submit } from '../../support/workflows/provisions.js';

(hasPostgres() && hasPgBouncer() ? describe : describe.skip)('the service behind PgBouncer', () => {
  let postgres: PostgresServer;
  let pooler: PgBouncer;
  let stack: Stack;

  beforeAll(async () => {
    postgres = await startPostgres();
    pooler = await startPgBouncer(postgres.port);
    stack = await startStack({ database: pooler.urlOf(await postgres.createDatabase()) });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await pooler?.stop();
    await postgres?.stop();
  });

  it('migrates, gives credentials, shares, and carries out provisions', async () => {
    const people = ['alice', 'bob', 'carol', 'dave'];
    const made = await Promise.all(people.map((name) => stack.person(name).post(`/users/${name}`)));
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const shared = await stack.person('alice').post('/users/alice/share', {
      path: pathOf(`${homeOf('alice')}open/`),
      with_users: ['bob', 'carol'],
    });
    expect([shared.status, shared.body.enforced]).toEqual([200, true]);
    const buckets = await Promise.all(
      ['one-b', 'two-b', 'three-b'].map(async (bucket) =>
        ended(stack.admin, await submit(stack.admin, 'bucket', { bucket })),
      ),
    );
    expect(buckets.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  });
});
