import { hash } from 'node:crypto';
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isReadOnly } from './database-problem.js';

/** Names on one connection. Statements are written in the code, hence few; the bound is for a future statement that is built from data. */
const MAX_NAMES = 200;
/**
 * The connection does not know the statement's name (26000) or has it already (42P05): a pooler without support for prepared statements is
 * in between. Outside a transaction nothing was executed.
 */
const NAME_REFUSED = /^(26000|42P05)$/;
/** The columns of `select *` have changed: a newer replica has migrated. */
const COLUMNS_CHANGED = '0A000';

/** What the connections of a pool know together. */
interface Shared {
  /** Part of each name; counted up when columns have changed, so that no connection uses an older name again. */
  generation: number;
}

/**
 * The pool, with each statement prepared once per connection: PostgreSQL parses and plans a text once, not at each call. `enter` waits for
 * the turn to take a connection; its result is called when the connection is back.
 */
export function prepared(pool: pg.Pool, enter: () => Promise<() => void>): PostgresPool {
  const shared: Shared = { generation: 0 };
  const clients = new WeakMap<pg.PoolClient, PreparingClient>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const leave = await enter();
    try {
      const client = await pool.connect();
      const known = clients.get(client) ?? (await newClient(client, shared));
      clients.set(client, known);
      return known.lent(leave);
    } catch (error) {
      leave();
      throw error;
    }
  };
  return { options: pool.options, connect, end: () => pool.end() };
}

async function newClient(client: pg.PoolClient, shared: Shared): Promise<PreparingClient> {
  try {
    return new PreparingClient(client, shared, await isDirect(client));
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Whether no pooler is in between: a pooler tells clients a process id of its own, because it changes servers. */
async function isDirect(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid === (client as { processID?: number | null }).processID;
}

/** What Kysely needs of a connection. */
class PreparingClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #shared: Shared;
  readonly #isDirect: boolean;
  readonly #names = new Map<string, string>();
  #generation = 0;
  #refused = false;
  #readOnly = false;
  #leave: (() => void) | undefined;

  constructor(client: pg.PoolClient, shared: Shared, isDirect: boolean) {
    this.#client = client;
    this.#shared = shared;
    this.#isDirect = isDirect;
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
    const isAlone = this.#isOutside;
    try {
      return await this.#client.query({ name, text, values });
    } catch (error) {
      const code = String((error as { code?: unknown }).code);
      if (code === COLUMNS_CHANGED) this.#shared.generation += 1;
      else if (NAME_REFUSED.test(code)) this.#refused = true;
      else throw error;
      // a transaction is over with its first error: `isRetryable` tells that it may be run again
      if (!isAlone) throw error;
      return this.#client.query(text, values);
    }
  }

  get #isOutside(): boolean {
    return this.#client.getTransactionStatus() === 'I';
  }

  /** Undefined: send it without a name. In a transaction too if a pooler may refuse it, because it cannot be sent again there. */
  #nameOf(text: string): string | undefined {
    if (this.#refused || !(this.#isDirect || this.#isOutside)) return undefined;
    if (this.#generation !== this.#shared.generation) {
      this.#names.clear();
      this.#generation = this.#shared.generation;
    }
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MAX_NAMES) return known;
    // named by its text: processes that share a connection through a pooler use the same name for the same statement
    const name = `mm${this.#generation}_${hash('sha256', text).slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }
}
