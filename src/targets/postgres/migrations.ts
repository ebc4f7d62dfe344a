import { createHash } from 'node:crypto';
import { brokenRule } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import type { Postgres } from './postgres.js';
import { joinRole } from './databases.js';
import { readRole, setPassword } from './roles.js';
import type { PostgresSession } from './session.js';

/** A piece of SQL that runs once in a database. */
export interface Migration {
  name: string;
  sql: string;
}

/** What is run, and for which provision; `guard` throws if it must not go on. */
export interface MigrationRun {
  provisionId: string;
  migrations: readonly Migration[];
  guard: () => Promise<void>;
}

/** Those that were not run yet. Throws a broken rule if one has changed since it ran. */
export async function outstanding(
  session: PostgresSession,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  const [table] = await session.query<{ has: boolean }>(
    `select to_regclass('minio_manager.migration') is not null as has`,
  );
  if (!table?.has) return [...migrations];
  const rows = await session.query<{ name: string; checksum: string }>(
    'select name, checksum from minio_manager.migration',
  );
  const known = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const changed = migrations.find(({ name, sql }) => known.has(name) && known.get(name) !== checksumOf(sql));
  if (changed)
    throw brokenRule('migrations', `${changed.name} has changed since it was run: add another one`);
  return migrations.filter(({ name }) => !known.has(name));
}

/** Makes the table of what was run. It belongs to this service: SQL of others can add to it, and change nothing. */
async function prepareRecord(session: PostgresSession): Promise<void> {
  await session.script(`
    create schema if not exists minio_manager;
    create table if not exists minio_manager.migration (
      name text primary key, checksum text not null, provision_id uuid not null, applied_at timestamptz not null default now()
    )`);
}

/**
 * Runs the SQL and records it in one transaction, as a login of its own that has the rights of `role` and no others: whatever the SQL says, it
 * cannot get those of this service. The login is gone afterwards. What is made belongs to `role`.
 */
export async function runAs(
  server: Postgres,
  database: string,
  role: string,
  login: { name: string; password: Secret },
  run: MigrationRun,
): Promise<void> {
  await server.in(database, async (session) => {
    await joinRole(session, await ownerOf(session));
    await prepareRecord(session);
    if (!(await readRole(session, login.name))) await session.run('create role %I', login.name);
    await setPassword(session, login.name, login.password);
    await joinRole(session, role);
    await session.run('grant %I to %I', role, login.name);
    await session.run('grant connect on database %I to %I', database, login.name);
    await session.run('grant usage on schema minio_manager to %I', login.name);
    await session.run('grant insert on minio_manager.migration to %I', login.name);
  });
  try {
    const work = (session: PostgresSession) => runAll(session, role, run);
    await server.in(database, work, login);
  } finally {
    await server.in(database, (session) => removeLogin(session, role, login.name));
  }
}

async function runAll(
  session: PostgresSession,
  role: string,
  { migrations, provisionId, guard }: MigrationRun,
): Promise<void> {
  await session.transaction(async () => {
    const transaction = await transactionOf(session);
    for (const { name, sql } of migrations) {
      await guard();
      await session.run('set local role %I', role);
      await session.script(sql);
      await session.script('reset role');
      if ((await transactionOf(session)) !== transaction)
        throw brokenRule(
          'migrations',
          `${name} must not contain BEGIN, COMMIT or ROLLBACK: a part of it is done`,
        );
      await session.query(
        'insert into minio_manager.migration (name, checksum, provision_id) values ($1, $2, $3)',
        [name, checksumOf(sql), provisionId],
      );
    }
  });
}

async function ownerOf(session: PostgresSession): Promise<string> {
  const [row] = await session.query<{ owner: string }>(
    'select pg_get_userbyid(datdba)::text as owner from pg_database where datname = current_database()',
  );
  return row?.owner ?? '';
}

async function transactionOf(session: PostgresSession): Promise<string | undefined> {
  const [row] = await session.query<{ id: string }>('select txid_current()::text as id');
  return row?.id;
}

/** Removes the login of an attempt that did not get to its end, if it is there. */
export function forgetLogin(server: Postgres, database: string, role: string, name: string): Promise<void> {
  return server.in(database, async (session) => {
    if (await readRole(session, name)) await removeLogin(session, role, name);
  });
}

/** Removes the login, and gives what it made under its own name to the role. */
async function removeLogin(session: PostgresSession, role: string, login: string): Promise<void> {
  await session.run('grant %I to current_user', login);
  await session.run('reassign owned by %I to %I', login, role);
  await session.run('drop owned by %I', login);
  await session.run('drop role %I', login);
}

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
