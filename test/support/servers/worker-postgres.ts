import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pgliteDir } from '../database/database.js';
import { hasServer, PostgresAt, startPostgres } from './postgres.js';
import { runDir } from '../service/temp.js';

/** Where the server of this process is written down: each suite has modules of its own, so a variable would last for one suite. */
const NOTE = join(runDir(), `postgres-of-${process.pid}.json`);

export interface NewDatabase {
  /** What the service needs to know of it. */
  env: Record<string, string>;
  remove: () => Promise<void>;
}

/**
 * A new database for a service, which has nothing to migrate in it. Without `embedded` it is on PostgreSQL, because a start on it costs half
 * of one on PGlite, and PGlite where PostgreSQL is not installed or TEST_DATABASE is "embedded".
 */
export async function newDatabase(embedded?: boolean): Promise<NewDatabase> {
  if (embedded ?? (process.env.TEST_DATABASE === 'embedded' || !hasServer()))
    return { env: { DATA_DIR: pgliteDir() }, remove: () => Promise.resolve() };
  const server = await workerPostgres();
  const url = await server.migratedDatabase();
  return { env: { DATABASE_URL: url }, remove: () => server.dropDatabase(url) };
}

let starting: Promise<PostgresAt> | undefined;

/** The server that all suites of this Jest worker share; it ends with the worker. For suites that do nothing to the server itself. */
export function workerPostgres(): Promise<PostgresAt> {
  starting ??= known().then((server) => server ?? start());
  return starting;
}

async function known(): Promise<PostgresAt | undefined> {
  if (!existsSync(NOTE)) return undefined;
  const { port } = JSON.parse(readFileSync(NOTE, 'utf8')) as { port: number };
  const server = new PostgresAt(port);
  return (await server.answers()) ? server : undefined;
}

async function start(): Promise<PostgresAt> {
  const { port } = await startPostgres({ untilWorkerEnds: true });
  writeFileSync(`${NOTE}.new`, JSON.stringify({ port }));
  renameSync(`${NOTE}.new`, NOTE);
  return new PostgresAt(port);
}
