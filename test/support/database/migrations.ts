import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { ROOT } from '../../../scripts/node.mjs';
import { poolOf, type PostgresServer, startPostgres } from '../servers/postgres.js';

const FOLDER = join(ROOT, 'dist', 'database', 'migrations');
const NAMES = readdirSync(FOLDER)
  .filter((name) => /^\d{4}-.*\.js$/.test(name))
  .sort();

/** A database whose migrations a test runs itself, so that it can insert rows from before one of them. */
export class OldDatabase {
  private constructor(
    private readonly postgres: PostgresServer,
    private readonly db: Kysely<unknown>,
  ) {}

  static async start(): Promise<OldDatabase> {
    const postgres = await startPostgres();
    const pool = poolOf(await postgres.createDatabase());
    return new OldDatabase(postgres, new Kysely({ dialect: new PostgresDialect({ pool }) }));
  }

  /** Runs the migrations from `first` (all that are older if it is left out) up to, but not including, `end`. */
  async migrate({ first = '', end = '9999' }: { first?: string; end?: string }): Promise<void> {
    for (const name of NAMES.filter((each) => each >= first && each < end)) {
      const { up } = await import(pathToFileURL(join(FOLDER, name)).href);
      await up(this.db);
    }
  }

  async rows(text: string): Promise<any[]> {
    return (await sql.raw<any>(text).execute(this.db)).rows;
  }

  async stop(): Promise<void> {
    await this.db.destroy();
    await this.postgres.stop();
  }
}
