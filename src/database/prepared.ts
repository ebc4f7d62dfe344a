import { hash } from 'node:crypto';
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isReadOnly } from './database-problem.js';

/** Names on one connection. Statements are written in the code, hence few; the bound is for a future statement that is built from data. */
const MAX_NAMES = 200;
/**
 * The connection does not know the statement's name (26000) or has it already (42P05): a pooler without support for prepared statements is
 * in between. Or the columns of `select *` have changed (0A000): a newer replica has migrated. Outside a transaction nothing was executed.
 */
const NAME_REFUSED = /^(26000|42P05|0A000)$/;

/**
 * The pool, with each statement prepared once per connection: PostgreSQL parses and plans a text once, not at each call. `enter` waits for
 * the turn to take a connection; its result is called when the connection is back.
 */
export function prepared(pool: pg.Pool, enter: () => Promise<() => void>): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PreparingClient>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const leave = await enter();
    try {
      const client = await pool.connect();
      const known = clients.get(client) ?? new PreparingClient(client);
      clients.set(client, known);
      return known.lent(leave);
    } catch (error) {
      leave();
      throw error;
    }
  };
  return { options: pool.options, connect, end: () => pool.end() };
}

/** What Kysely needs of a connection. */
class PreparingClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #names = new Map<string, string>();
  #refused = false;
  #readOnly = false;
  #leave: (() => void) | undefined;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** `leave` is called once it is released. */
  lent(leave: () => void): this {
    this.#leave = leave;
    return this;
  }

  release(destroy?: boolean): void {
    const leave = this.#leave;
    this.#leave = undefined;
    // a new connection may lead to the server that accepts writes now
    this.#client.release(destroy === true || this.#readOnly);
    leave?.();
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    text: string | PostgresCursor<R>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new Error('no cursor is configured');
    return this.#run(text, [...values]).catch((error: unknown) => {
      this.#readOnly ||= isReadOnly(error);
      throw error;
    }) as Promise<PostgresQueryResult<R>>;
  }

  async #run(text: string, values: unknown[]): Promise<pg.QueryResult> {
    const name = values.length > 0 ? this.#nameOf(text) : undefined;
    if (name === undefined) return this.#client.query(text, values);
    try {
      return await this.#client.query({ name, text, values });
    } catch (error) {
      if (!NAME_REFUSED.test(String((error as { code?: unknown }).code))) throw error;
      this.#refused = true;
      return this.#client.query(text, values);
    }
  }

  /** Undefined: send it without a name. In a transaction too, because a statement that is refused there cannot be sent again. */
  #nameOf(text: string): string | undefined {
    if (this.#refused || this.#client.getTransactionStatus() !== 'I') return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MAX_NAMES) return known;
    // named by its text: processes that share a connection through a pooler use the same name for the same statement
    const name = `mm_${hash('sha256', text).slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }
}
