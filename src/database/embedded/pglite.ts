import { setImmediate } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { type DatabaseConnection, PGliteAdapter, PGliteDialect, PGliteDriver } from 'kysely';
import { currentLine } from '../../common/turns/line.js';
import { Turns } from '../../common/turns/turns.js';
import { databaseBusy } from '../database-problem.js';
import type { ForeignSql } from '../queue-access.js';

/** The embedded database: one connection, used by one caller at a time; turns go round the lines. */
export class EmbeddedDatabase implements ForeignSql {
  readonly #turns = new Turns({ atOnce: 1 }, databaseBusy);
  #opened: Promise<PGlite> | undefined;

  constructor(private readonly folder: string) {}

  /** Opens (or creates) the database. */
  open(): Promise<PGlite> {
    this.#opened ??= openPGlite(this.folder);
    return this.#opened;
  }

  /**
   * Waits for the connection; the returned function releases it. PGlite answers without I/O: queued statements would block everything else.
   */
  async lock(): Promise<() => void> {
    const leave = await this.#turns.enter(currentLine());
    await setImmediate();
    return leave;
  }

  /** This database as a Kysely dialect. */
  dialect(): PGliteDialect {
    return new SerialPGliteDialect(this);
  }

  /** A failed statement leaves the connection in a transaction that every later statement would be in, too: it is rolled back first. */
  executeSql(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    return this.#alone(async (pglite) => {
      try {
        if (values.length > 0) return await pglite.query<unknown>(text, values);
        const results = await pglite.exec(text);
        return { rows: results.flatMap(({ rows }) => rows as unknown[]) };
      } catch (error) {
        await pglite.exec('rollback').catch(() => undefined);
        throw error;
      }
    });
  }

  async listen(
    channel: string,
    onNotification: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<{ close: () => Promise<void> }> {
    const unlisten = await this.#alone((pglite) => pglite.listen(channel, onNotification));
    onReconnect();
    return { close: () => this.#alone(() => unlisten()) };
  }

  async #alone<T>(work: (pglite: PGlite) => Promise<T>): Promise<T> {
    const unlock = await this.lock();
    try {
      return await work(await this.open());
    } finally {
      unlock();
    }
  }
}

/** The type `bigint`: as on a server, its values are text, because not all of them are numbers of JavaScript. */
const INT8 = 20;

class SerialPGliteDialect extends PGliteDialect {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    super({ pglite: () => database.open() });
    this.#database = database;
  }

  override createAdapter(): PGliteAdapter {
    return new SerialPGliteAdapter();
  }

  override createDriver(): PGliteDriver {
    return new SerialPGliteDriver(this.#database);
  }
}

/** Kysely would serialize in order of arrival: the turns do it instead. */
class SerialPGliteAdapter extends PGliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SerialPGliteDriver extends PGliteDriver {
  readonly #database: EmbeddedDatabase;
  #unlock: (() => void) | undefined;

  constructor(database: EmbeddedDatabase) {
    super({ pglite: () => database.open() });
    this.#database = database;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const unlock = await this.#database.lock();
    this.#unlock = unlock;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    const unlock = this.#unlock;
    this.#unlock = undefined;
    await super.releaseConnection();
    unlock?.();
  }
}

/** Opens (or creates) the database in a folder. A service on PostgreSQL never loads it. */
export async function openPGlite(folder: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  const pglite = new PGlite(folder, { parsers: { [INT8]: (text) => text } });
  await pglite.waitReady;
  return pglite;
}
