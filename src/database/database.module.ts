import { mkdir } from 'node:fs/promises';
import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Secret } from '../common/secret.js';
import { isTracing } from '../common/tracing/tracing.js';
import { currentLine } from '../common/turns/line.js';
import { Turns } from '../common/turns/turns.js';
import { AppConfig } from '../config/app-config.js';
import { DatabaseHealth } from './database-health.js';
import { databaseBusy } from './database-problem.js';
import { lockDirectory } from './embedded/directory-lock.js';
import { damageOf, prepareFolder } from './embedded/embedded-folder.js';
import { migrate } from './migrate.js';
import { EmbeddedDatabase } from './embedded/pglite.js';
import { prepared } from './prepared.js';
import { recordStatement } from './sql/statement-span.js';
import { QueueAccess } from './queue-access.js';
import { Database, type Schema } from './schema.js';

/** Connections of one replica; PostgreSQL's own default allows 100 in all. */
const POOL_SIZE = 20;
/** Connections of one line at once: a caller that floods the service leaves the rest of the pool, and short queues for rows, to others. */
const POOL_PER_LINE = 5;
/** How long a request waits for a connection or a statement before the database counts as down, in milliseconds. */
const DATABASE_TIMEOUT_MS = 4000;
/** How long a request waits until its caller's other requests release a connection, in milliseconds. */
const TURN_TIMEOUT_MS = 2 * DATABASE_TIMEOUT_MS;
/** How long an idle connection is kept, in milliseconds. */
const IDLE_MS = 300_000;

/** Opens the database that the configuration names and migrates it. */
export async function openDatabase(config: AppConfig['database']): Promise<OpenDatabase> {
  return config.url ? openPostgres(config.url) : openEmbedded(config.dataDir);
}

interface OpenDatabase {
  db: Kysely<Schema>;
  queue: QueueAccess;
  close: () => Promise<void>;
}

async function openEmbedded(dataDir: string): Promise<OpenDatabase> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const unlock = await lockDirectory(dataDir);
  const { folder, finished } = await prepareFolder(dataDir).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  const embedded = new EmbeddedDatabase(folder);
  const db = new Kysely<Schema>({ dialect: embedded.dialect(), ...logged() });
  const close = async (): Promise<void> => {
    await db.destroy();
    await unlock();
  };
  let opened = false;
  try {
    await embedded.open();
    opened = true;
    await migrate(db);
    await finished();
  } catch (error) {
    await close().catch(() => undefined);
    throw damageOf(error, dataDir, opened);
  }
  return { db, queue: { embedded }, close };
}

async function openPostgres(url: Secret): Promise<OpenDatabase> {
  const connectionString = url.reveal();
  const application_name = 'minio-manager';
  // migrations may wait long for another replica's: they get a separate connection without a time limit
  const patient = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString, application_name, max: 1 }) }),
  });
  try {
    await migrate(patient);
  } finally {
    await patient.destroy();
  }
  const pool = new pg.Pool({
    connectionString,
    application_name,
    max: POOL_SIZE,
    // otherwise the next request to a quiet service would pay for a new connection, its login and its prepared statements
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    connectionTimeoutMillis: DATABASE_TIMEOUT_MS,
    query_timeout: DATABASE_TIMEOUT_MS,
    // a replica that stops during a transaction must not keep its rows locked for the others
    idle_in_transaction_session_timeout: DATABASE_TIMEOUT_MS,
  });
  // The pool replaces a broken connection. Without listeners the events would end the process: the pool listens only on idle connections,
  // nothing listens on those in use
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const turns = new Turns({ atOnce: POOL_SIZE, perLine: POOL_PER_LINE }, databaseBusy);
  const enter = (): Promise<() => void> => turns.enter(currentLine(), TURN_TIMEOUT_MS);
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: prepared(pool, enter) }),
    ...logged(),
  });
  return { db, queue: { url }, close: () => db.destroy() };
}

/** Kysely measures statements only for somebody who listens. */
function logged(): { log?: typeof recordStatement } {
  return isTracing() ? { log: recordStatement } : {};
}

const OPENED = Symbol('opened database');

@Injectable()
class DatabaseCloser implements OnApplicationShutdown {
  constructor(@Inject(OPENED) private readonly opened: OpenDatabase) {}

  onApplicationShutdown(): Promise<void> {
    return this.opened.close();
  }
}

/** Provides `Database` to every store. */
@Global()
@Module({
  providers: [
    {
      provide: OPENED,
      inject: [AppConfig],
      useFactory: (config: AppConfig) => openDatabase(config.database),
    },
    { provide: Database, inject: [OPENED], useFactory: (opened: OpenDatabase) => opened.db },
    { provide: QueueAccess, inject: [OPENED], useFactory: (opened: OpenDatabase) => opened.queue },
    DatabaseCloser,
    DatabaseHealth,
  ],
  exports: [Database, DatabaseHealth, QueueAccess],
})
export class DatabaseModule {}
