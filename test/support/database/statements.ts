import { waitFor } from '../../../scripts/child.mjs';
import type { PostgresServer } from '../servers/postgres.js';
import { runSql } from './sql.js';

/** What a server needs for a {@link StatementLog}. */
export const LOGGED = ['log_statement=all', 'log_line_prefix=%a| '];

/** A line of PostgreSQL's log that begins a statement of the service: `prefix LOG:  statement: ...` or `LOG:  execute NAME: ...`. */
const STATEMENT = /^minio-manager\| LOG: {2}(?:statement|execute [^:]+): (.*)/;

/** The statements of a service, as its PostgreSQL server logs them. */
export class StatementLog {
  private marks = 0;

  constructor(private readonly postgres: PostgresServer) {}

  /** The first lines of the statements during `work`, with `begin` and `commit`. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    const from = await this.logged();
    await work();
    const lines = this.postgres
      .logs()
      .slice(from, await this.logged())
      .split('\n');
    return lines.flatMap((line) => STATEMENT.exec(line)?.[1] ?? []);
  }

  /** Where the log ends, once everything until now is in it. */
  private async logged(): Promise<number> {
    const mark = `mark ${++this.marks} of the test`;
    await runSql({ DATABASE_URL: this.postgres.url }, [`select '${mark}'`]);
    await waitFor('the log', () => this.postgres.logs().includes(mark));
    return this.postgres.logs().lastIndexOf(mark);
  }
}
