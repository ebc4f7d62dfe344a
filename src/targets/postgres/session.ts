import type { Client } from 'pg';

/** One connection to a database of a target. */
export class PostgresSession {
  constructor(private readonly client: Client) {}

  async query<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.client.query(text, [...values])).rows as R[];
  }

  /**
   * Executes a statement in which the server itself quotes the values: `%I` stands for an identifier, `%L` for a literal (PostgreSQL's
   * `format`). For statements that take no parameters.
   */
  async run(template: string, ...values: string[]): Promise<void> {
    const [row] = await this.query<{ text: string }>('select format($1, variadic $2::text[]) as text', [
      template,
      values,
    ]);
    await this.client.query(row?.text ?? '');
  }

  /** Executes a text with any number of statements, without parameters. */
  async script(text: string): Promise<void> {
    await this.client.query(text);
  }

  /** Work in one transaction, which is rolled back if it throws. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('begin');
    try {
      const value = await work();
      await this.client.query('commit');
      return value;
    } catch (error) {
      await this.client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** Waits until nobody else holds the lock of this name in the database; ends with the connection, or with the transaction in it. */
  async lock(name: string, scope: 'session' | 'transaction'): Promise<void> {
    const take = scope === 'session' ? 'pg_advisory_lock' : 'pg_advisory_xact_lock';
    await this.client.query(`select ${take}(hashtextextended($1, 0))`, [`minio-manager ${name}`]);
  }
}
