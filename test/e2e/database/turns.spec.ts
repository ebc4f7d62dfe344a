import { sql } from 'kysely';
import { inLine } from '../../../src/common/turns/line.js';
import { Secret } from '../../../src/common/secret.js';
import { openDatabase } from '../../../src/database/database.module.js';
import { pgliteDir } from '../../support/database/database.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { START_MS } from '../../support/service/stack.js';

const FLOOD = 60;

describe.each(hasPostgres() ? ['PGlite', 'PostgreSQL'] : ['PGlite'])('the connections to %s', (kind) => {
  let postgres: PostgresServer | undefined;
  let opened: Awaited<ReturnType<typeof openDatabase>>;

  beforeAll(async () => {
    if (kind === 'PostgreSQL') postgres = await startPostgres();
    const url = await postgres?.createDatabase();
    opened = await openDatabase(
      url ? { url: new Secret(url), dataDir: '' } : { url: undefined, dataDir: pgliteDir() },
    );
  }, START_MS);
  afterAll(async () => {
    await opened?.close();
    await postgres?.stop();
  });

  const transaction = () =>
    opened.db.transaction().execute(async (trx) => {
      await sql`select pg_sleep(0.005)`.execute(trx);
    });

  it('go round the callers: a statement does not wait for all that somebody else has asked for', async () => {
    const order: string[] = [];
    const flood = inLine('mallory', () =>
      Array.from({ length: FLOOD }, () => transaction().then(() => order.push('mallory'))),
    );
    const bob = inLine('bob', async () => {
      for (let statement = 0; statement < 3; statement += 1) await sql`select 1`.execute(opened.db);
      order.push('bob');
    });
    await Promise.all([...flood, bob]);
    // three statements, each behind what is under way: one transaction on the one connection of PGlite, five on PostgreSQL
    expect(order.indexOf('bob')).toBeLessThanOrEqual(15);
    expect(order).toHaveLength(FLOOD + 1);
  });

  it('lie open to everything else while they are asked for: a queue of statements does not keep the process from its events', async () => {
    let events = 0;
    const tick = setInterval(() => (events += 1), 1);
    await Promise.all(Array.from({ length: FLOOD }, transaction));
    clearInterval(tick);
    expect(events).toBeGreaterThan(FLOOD / 4);
  });
});
