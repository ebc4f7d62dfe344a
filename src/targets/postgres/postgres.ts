import pg from 'pg';
import { Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import type { PostgresTarget } from '../../config/targets.js';
import { Credential } from '../credential.js';
import { PostgresSession } from './session.js';
import { isAway } from './failures.js';

/** How long a connection may take, and one statement, in milliseconds. */
const CONNECT_MS = 5000;
const STATEMENT_MS = 60_000;

/** One PostgreSQL server, as this service uses it. */
export class Postgres {
  readonly name: string;
  readonly #password: Credential | undefined;

  constructor(private readonly target: PostgresTarget) {
    this.name = target.name;
    this.#password = target.password && new Credential(target.password);
  }

  /** Where clients reach it. */
  get address(): { host: string; port: number } {
    const { hostname, port } = new URL(this.target.url);
    return { host: hostname, port: Number(port || 5432) };
  }

  /**
   * Does work on a connection to one of its databases, by default the one that the target names. Throws `target_unavailable` if the server
   * does not answer, `target_refused` for what it refuses. `login`: another role than that of this service.
   */
  async in<T>(
    database: string | undefined,
    work: (session: PostgresSession) => Promise<T>,
    login?: { name: string; password: Secret },
  ): Promise<T> {
    const url = new URL(this.target.url);
    if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
    if (login) url.username = encodeURIComponent(login.name);
    const password = (login?.password ?? this.#password?.current())?.reveal();
    // beside a connection string, pg would ignore it
    if (password !== undefined) url.password = encodeURIComponent(password);
    const client = new pg.Client({
      connectionString: url.href,
      application_name: 'minio-manager',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
    });
    // without a listener, a server that goes away would end the process
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(new PostgresSession(client));
    } catch (error) {
      throw this.problem(error);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private problem(error: unknown): unknown {
    if (error instanceof Problem) return error;
    if (isAway(error))
      return new Problem('target_unavailable', `The PostgreSQL server ${this.target.name} does not answer`);
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (String(message).startsWith('SASL:'))
      return new Problem(
        'target_refused',
        `The PostgreSQL server ${this.target.name} wants another password`,
      );
    // the text of an error may contain a value of the statement: its code and documentation tell enough
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code))
      return new Problem(
        'target_refused',
        `The PostgreSQL server ${this.target.name} refused with ${code}${meaningOf(code)}`,
      );
    return error;
  }
}

const MEANINGS: Record<string, string> = {
  '28P01': ': the password of this service is wrong',
  '28000': ': this service may not log in',
  '42501': ': permission denied for this service',
  '3D000': ': there is no such database',
  '42704': ': there is no such role',
  '42601': ': the SQL is not valid',
};

function meaningOf(code: string): string {
  return MEANINGS[code] ?? '';
}
