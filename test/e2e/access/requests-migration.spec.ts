import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { ROOT } from '../../../scripts/node.mjs';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/postgres.js';

const FOLDER = join(ROOT, 'dist', 'database', 'migrations');
const NAMES = readdirSync(FOLDER)
  .filter((name) => /^\d{4}-.*\.js$/.test(name))
  .sort();

(hasPostgres() ? describe : describe.skip)('requests for access in a database from before', () => {
  let postgres: PostgresServer;
  let db: Kysely<unknown>;

  beforeAll(async () => {
    postgres = await startPostgres();
    const pool = new pg.Pool({ connectionString: await postgres.createDatabase(), max: 1 });
    db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  });
  afterAll(async () => {
    await db?.destroy();
    await postgres?.stop();
  });

  const migrate = async (names: string[]) => {
    for (const name of names) {
      const { up } = await import(pathToFileURL(join(FOLDER, name)).href);
      await up(db);
    }
  };
  const rows = async (text: string) => (await sql.raw<any>(text).execute(db)).rows;

  it('are kept as they are, and whose they are for may go and come back', async () => {
    await migrate(NAMES.filter((name) => name < '0013'));
    const [alice, bob] =
      await rows(`insert into subject (kind, name, principal, status, secret_salt, secret_key_id)
      values ('user', 'alice', 'alice', 'active', '', ''), ('user', 'bob', 'bob', 'active', '', '') returning id`);
    const wanted = `'${bob.id}', '${alice.id}', 'cdm-lake', 'users-warehouse/alice/x', true, 'write', 'why'`;
    await rows(`insert into access_request
      (requester_id, owner_id, bucket, prefix, folder, permission, reason, state, granted, decided_by)
      values (${wanted}, 'open', null, null), (${wanted}, 'approved', 'read', 'alice'),
        (${wanted}, 'denied', null, 'alice'), (${wanted}, 'superseded', null, 'bob')`);
    const before = await rows('select * from access_request order by id');
    await migrate(NAMES.filter((name) => name >= '0013'));
    const none = { group_name: null, group_id: null, role: null };
    expect(await rows('select * from access_request order by id')).toEqual(
      before.map((row) => ({ ...row, ...none })),
    );
    // a name that is used again is another subject: what was asked of the former one is asked of nobody
    await rows(`update subject set id = gen_random_uuid() where name = 'alice'`);
    expect(await rows('select distinct owner_id from access_request')).toEqual([{ owner_id: null }]);
    await rows(`delete from subject where name = 'bob'`);
    expect(await rows('select id from access_request')).toEqual([]);
  });
});
