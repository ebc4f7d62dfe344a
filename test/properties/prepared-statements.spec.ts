import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { databaseProblem, isRetryable } from '../../src/database/database-problem.js';
import { prepared } from '../../src/database/prepared.js';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../support/servers/pgbouncer.js';
import { hasPostgres, poolOf, type PostgresServer, startPostgres } from '../support/servers/postgres.js';

interface Tables {
  thing: { id: number; name: string };
}

(hasPostgres() ? describe : describe.skip)('statements on PostgreSQL', () => {
  let postgres: PostgresServer;
  let pool: Pool;
  let db: Kysely<Tables>;

  beforeAll(async () => {
    postgres = await startPostgres();
    // one connection: each statement of a test meets those before it
    pool = poolOf(await postgres.createDatabase());
    db = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: prepared(pool, () => Promise.resolve(() => undefined)) }),
    });
    await sql`create table thing (id int primary key, name text not null)`.execute(db);
    await sql`insert into thing values (1, 'one'), (2, 'two')`.execute(db);
  });
  afterAll(async () => {
    await db?.destroy();
    await postgres?.stop();
  });

  const find = (id: number, executor: Kysely<Tables> = db) =>
    executor.selectFrom('thing').selectAll().where('id', '=', id).executeTakeFirst();
  /** Behind the back of the wrapped pool. */
  const names = async (): Promise<string[]> => {
    const { rows } = await pool.query('select name, statement from pg_prepared_statements order by name');
    return rows.map(({ name }) => name as string);
  };
  const reconnect = async (): Promise<void> => {
    const client = await pool.connect();
    client.release(true);
  };

  it('are prepared once and give the same answers', async () => {
    await reconnect();
    expect(await find(1)).toEqual({ id: 1, name: 'one' });
    expect(await find(2)).toEqual({ id: 2, name: 'two' });
    expect(await find(3)).toBeUndefined();
    const update = await db.updateTable('thing').set({ name: 'zwei' }).where('id', '=', 2).executeTakeFirst();
    expect(update.numUpdatedRows).toBe(1n);
    expect(await names()).toEqual([expect.stringMatching(/^mm\d+_/), expect.stringMatching(/^mm\d+_/)]);
  });

  it('fail as they would without a name, and go on being used', async () => {
    await reconnect();
    const insert = () => db.insertInto('thing').values({ id: 1, name: 'again' }).execute();
    for (let time = 0; time < 2; time += 1) await expect(insert()).rejects.toMatchObject({ code: '23505' });
    expect(await names()).toHaveLength(1);
  });

  it('have the same name in a transaction, and none without values', async () => {
    await reconnect();
    await db.transaction().execute(async (trx) => {
      expect(await find(1, trx)).toBeDefined();
      expect(await sql`select 1`.execute(trx)).toBeDefined();
    });
    await find(2);
    await sql`select 1`.execute(db);
    expect(await names()).toHaveLength(1);
  });

  it('have at most 200 names a connection', async () => {
    await reconnect();
    for (let index = 0; index < 210; index += 1) {
      const { rows } = await sql<{ n: number }>`select ${sql.lit(index)} + ${1}::int as n`.execute(db);
      expect(rows).toEqual([{ n: index + 1 }]);
    }
    expect(await names()).toHaveLength(200);
  });

  it('are sent again without a name when a migration has changed their columns', async () => {
    await reconnect();
    await find(1);
    await sql`alter table thing add column colour text default 'red'`.execute(db);
    expect(await find(1)).toEqual({ id: 1, name: 'one', colour: 'red' });
    await sql`alter table thing drop column colour`.execute(db);
    expect(await find(1)).toEqual({ id: 1, name: 'one' });
  });

  it('end a transaction when a migration has changed their columns, once for all connections', async () => {
    await reconnect();
    const inTransaction = () => db.transaction().execute((trx) => find(1, trx));
    await inTransaction();
    await sql`alter table thing add column size int`.execute(db);
    const error = await inTransaction().catch((each: unknown) => each);
    expect([isRetryable(error), databaseProblem(error)?.message]).toEqual([
      true,
      'The database ended the transaction; try again',
    ]);
    expect(await inTransaction()).toMatchObject({ id: 1, size: null });
    await sql`alter table thing drop column size`.execute(db);
    await find(1);
    expect(await inTransaction()).toEqual({ id: 1, name: 'one' });
  });

  it.each(['deallocate all', 'deallocate and prepare elsewhere'])(
    'are sent again without a name behind a pooler that mixes connections up (%s)',
    async (what) => {
      await reconnect();
      await find(1);
      const [name] = await names();
      await pool.query('deallocate all');
      if (what !== 'deallocate all') {
        await reconnect();
        await pool.query(`prepare ${name} as select 1`);
      }
      expect(await find(1)).toEqual({ id: 1, name: 'one' });
      expect(await find(2)).toMatchObject({ id: 2 });
    },
  );
});

(hasPostgres() && hasPgBouncer() ? describe : describe.skip)('statements through PgBouncer', () => {
  let postgres: PostgresServer;
  let pooler: PgBouncer;
  let pool: Pool;
  let db: Kysely<Tables>;

  beforeAll(async () => {
    postgres = await startPostgres();
    pooler = await startPgBouncer(postgres.port);
    pool = new Pool({ connectionString: pooler.urlOf(await postgres.createDatabase()), max: 8 });
    db = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: prepared(pool, () => Promise.resolve(() => undefined)) }),
    });
    await sql`create table thing (id int primary key, name text not null)`.execute(db);
  });
  afterAll(async () => {
    await db?.destroy();
    await pooler?.stop();
    await postgres?.stop();
  });

  const find = (id: number, executor: Kysely<Tables> = db) =>
    executor.selectFrom('thing').selectAll().where('id', '=', id).executeTakeFirst();

  it('never fail, in transactions and outside of them, though each may be on another connection', async () => {
    await sql`insert into thing select n, 'n' || n from generate_series(1, 100) n`.execute(db);
    const ids = Array.from({ length: 100 }, (_, index) => index + 1);
    const found = await Promise.all(
      ids.map((id) =>
        id % 2 === 0
          ? find(id)
          : db.transaction().execute(async (trx) => {
              await find(id + 1, trx);
              return find(id, trx);
            }),
      ),
    );
    expect(found).toEqual(ids.map((id) => ({ id, name: `n${id}` })));
  });
});
