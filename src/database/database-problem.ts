import { Problem } from '../common/problems/problem.js';

/**
 * Network failures of the connection, and PostgreSQL's 08 (connection), 25P03 (idle in a transaction), 28 and 3D000 (no login, no such
 * database), 53 (resources), 57014 (canceled), 57P (shutdown, start-up), 58 (its disk).
 */
const AWAY =
  /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...|25P03|28...|3D000|53...|57014|57P..|58...)$/;
/** Errors of pool and client without a code: no connection in time, no answer in time, a connection cut during a query or before. */
const AWAY_MESSAGE =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|PGlite is closed)/;

/** The database accepts no writes: it has become a standby, or is configured to accept none. */
export function isReadOnly(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '25006';
}

/**
 * PostgreSQL ended the transaction in favor of another one (serialization failure, deadlock), or because a newer replica has changed columns
 * that a prepared statement selects (0A000). The same transaction may be run again.
 */
export function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '40001' || code === '40P01' || code === '0A000';
}

/** The values of one row are refused (22: data, 23: a constraint): other rows of the same statement may be fine. */
export function isOfOneRow(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^2[23]...$/.test(code);
}

const READ_ONLY = 'The database takes no writes now';
const ENDED = 'The database ended the transaction; try again';

/** A text that PostgreSQL cannot store: with a NUL, in a field that did not refuse it. */
const UNFIT = /^(22021|22P05)$/;

/** The 503 for a database that cannot be reached, or the 422 for a text that it cannot store; undefined for any other error. */
export function databaseProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || error instanceof Problem) return undefined;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && UNFIT.test(code))
    return new Problem('unprocessable', 'A text must not contain a NUL character', { cause: error });
  const away =
    isReadOnly(error) || (typeof code === 'string' && AWAY.test(code)) || AWAY_MESSAGE.test(error.message);
  if (!away && !isRetryable(error)) return undefined;
  return databaseUnavailable(error);
}

/** The 503 for a request that has waited too long for a connection. */
export function databaseBusy(): Problem {
  return databaseUnavailable();
}

function databaseUnavailable(cause?: Error): Problem {
  return new Problem('database_unavailable', sentenceOf(cause), { retryAfterSeconds: 2, cause });
}

function sentenceOf(cause: unknown): string {
  if (isReadOnly(cause)) return READ_ONLY;
  return isRetryable(cause) ? ENDED : 'The database does not answer';
}
