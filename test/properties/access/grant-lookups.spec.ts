import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { ReachStore } from '../../../src/access/explain/reach.store.js';
import { GrantLookupsStore } from '../../../src/access/grants/grant-lookups.store.js';
import { migrate } from '../../../src/database/migrate.js';
import type { Schema } from '../../../src/database/schema.js';
import { hasPostgres, poolOf, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';

const GRANTS = 20_000;
const PATH = { bucket: 'cdm-lake', prefix: 'users-warehouse/u50/folder-150/deep/part-00000.parquet' };

/** A key may start with as many name prefixes as it has letters: they must be looked up, not compared with every grant. */
(hasPostgres() ? describe : describe.skip)('grants by their paths', () => {
  let postgres: PostgresServer;
  let pool: Pool;
  let db: Kysely<Schema>;
  const sent: CompiledQuery[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    pool = poolOf(await postgres.createDatabase());
    db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => void sent.push(query),
    });
    await migrate(db);
    const client = await pool.connect();
    // the subjects do not matter here
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into access_grant (grantee_id, bucket, prefix, folder, permission, origin, granted_by, shard, weight)
       select gen_random_uuid(), $1, 'users-warehouse/u' || n % 100 || '/folder-' || n, true, 'read', 'share', 'admin', 1, 1
       from generate_series(1, $2::int) as n`,
      [PATH.bucket, GRANTS],
    );
    await client.query('set session_replication_role = default');
    await client.query('analyze access_grant');
    client.release();
  }, 60_000);
  afterAll(async () => {
    await db?.destroy();
    await postgres?.stop();
  });

  it.each<[string, (grants: GrantLookupsStore, reach: ReachStore) => Promise<unknown>]>([
    ['covering a key', (grants) => grants.covering(PATH)],
    ['on exactly a key', (grants) => grants.on(PATH, 'share')],
    ['of those who reach a key', (_, reach) => reach.grantees(PATH, false)],
  ])('%s are found by the index', async (_, read) => {
    sent.length = 0;
    await read(new GrantLookupsStore(db), new ReachStore(db));
    const [query] = sent;
    const { rows } = await pool.query(`explain ${query?.sql}`, [...(query?.parameters ?? [])]);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/using access_grant_path|on access_grant_path/);
    expect(plan).toMatch(/Index Cond: .*prefix/);
  });
});
