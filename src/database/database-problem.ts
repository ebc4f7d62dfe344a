import { Problem } from '../common/problems/problem.js';

/** Network failures of the connection, and PostgreSQL's classes 08 (connection), 53 (resources), 57P (shutdown, start-up). */
const AWAY =
  /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...|53...|57P..)$/;
/** What the pool says without a code: no connection in time, no answer in time, a connection cut in mid-query. */
const AWAY_MESSAGE =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|PGlite is closed)/;

/** The 503 that a failure to reach the database is; undefined for any other error. */
export function databaseProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || error instanceof Problem) return undefined;
  const code = (error as { code?: unknown }).code;
  const away = (typeof code === 'string' && AWAY.test(code)) || AWAY_MESSAGE.test(error.message);
  if (!away) return undefined;
  return new Problem('database_unavailable', 'The database does not answer', {
    retryAfterSeconds: 2,
    cause: error,
  });
}
