import { waitFor } from '../../../scripts/child.mjs';
import type { PostgresServer } from '../servers/postgres.js';
import { runSql } from './sql.js';

/** What a server needs for a {@link StatementLog}. */
export const LOGGED = ['log_statement=all', 'log_line_prefix=%a %c| '];

/** A line of PostgreSQL's log that begins a statement of the service: `prefix LOG:  statement: ...` or `LOG:  execute NAME: ...`. */
const STATEMENT = /^minio-manager (\S+)\| LOG: {2}(?:statement|execute [^:]+): (.*)/;

/** The statements of a service, as its PostgreSQL server logs them. */
export class StatementLog {
  private marks = 0;

  constructor(private readonly postgres: PostgresServer) {}

  /** The statements during `work`, with `begin` and `commit`. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    return (await this.read(work)).map(({ text }) => text);
  }

  /** The same, a transaction at a time; a statement without one is its own. */
  async transactions(work: () => Promise<unknown>): Promise<string[][]> {
    const all: string[][] = [];
    const open = new Map<string, string[]>();
    for (const { connection, text } of await this.read(work)) {
      const current = open.get(connection) ?? [];
      if (current.push(text) === 1) all.push(current);
      if (current[0] === 'begin' && text !== 'commit' && text !== 'rollback') open.set(connection, current);
      else open.delete(connection);
    }
    return all;
  }

  private async read(work: () => Promise<unknown>): Promise<{ connection: string; text: string }[]> {
    const from = await this.logged();
    await work();
    // the log goes on with a tab where a statement has several lines
    const log = this.postgres
      .logs()
      .slice(from, await this.logged())
      .replaceAll('\n\t', ' ');
    return log.split('\n').flatMap((line) => {
      const [, connection, text] = STATEMENT.exec(line) ?? [];
      return connection === undefined || text === undefined ? [] : [{ connection, text }];
    });
  }

  /** Where the log ends, once everything until now is in it. */
  private async logged(): Promise<number> {
    const mark = `mark ${++this.marks} of the test`;
    await runSql({ DATABASE_URL: this.postgres.url }, [`select '${mark}'`]);
    await waitFor('the log', () => this.postgres.logs().includes(mark));
    return this.postgres.logs().lastIndexOf(mark);
  }
}
