/** Connection failures, shutdown, start-up, too many connections, recovery; deadlocks and failures of serialization, which a repetition solves. */
const AWAY = /^(08...|57P0[1-5]|53...|40001|40P01|25006|55P03|57014)$/;
const BROKEN = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;
/** What `pg` throws without a code. */
const TEXTS = /timeout expired|Connection terminated|Query read timeout|connection is closed|not queryable/i;

/** Whether the server does not answer, or could not do it now: another try may succeed. */
export function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return AWAY.test(code) || BROKEN.test(code);
  return TEXTS.test(String(message));
}

/** Whether the server refused with this code. */
export function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(String((error as { code?: unknown }).code));
}
