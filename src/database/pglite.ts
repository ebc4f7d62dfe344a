import { PGlite } from '@electric-sql/pglite';
import { type DatabaseConnection, PGliteDialect, PGliteDriver } from 'kysely';
import { Mutex } from './mutex.js';

/** The embedded database, as a Kysely dialect in which a connection is held by one caller at a time. */
export class SerialPGliteDialect extends PGliteDialect {
  readonly #pglite: () => Promise<PGlite>;

  constructor(open: () => Promise<PGlite>) {
    super({ pglite: open });
    this.#pglite = open;
  }

  override createDriver(): PGliteDriver {
    return new SerialPGliteDriver({ pglite: this.#pglite });
  }
}

class SerialPGliteDriver extends PGliteDriver {
  readonly #mutex = new Mutex();
  #unlock: (() => void) | undefined;

  override async acquireConnection(): Promise<DatabaseConnection> {
    const unlock = await this.#mutex.lock();
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

/** Opens (or creates) the database in a folder. */
export async function openPGlite(folder: string): Promise<PGlite> {
  const pglite = new PGlite(folder);
  await pglite.waitReady;
  return pglite;
}
