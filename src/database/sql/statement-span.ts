import type { LogEvent } from 'kysely';
import { recordCall } from '../../common/tracing/tracing.js';

const OPERATION = /\b(insert|update|delete|select)\b/i;
const TABLE = /\b(?:insert into|update|delete from|from) "?([a-z_]{1,63})"?/i;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** What a statement does, and to which table first. Its text and its parameters stay here. */
export function statementName(sql: string): { operation: string; table: string } {
  const [, write = ''] = /^\s*with\b[^]*?\b(insert into|update|delete from)\b/i.exec(sql) ?? [];
  const operation = (write || (OPERATION.exec(sql)?.[1] ?? 'other')).split(' ')[0] ?? 'other';
  return { operation: operation.toLowerCase(), table: TABLE.exec(sql)?.[1]?.toLowerCase() ?? 'none' };
}

/** Records a statement of this service's own database within a trace. */
export function recordStatement(event: LogEvent): void {
  const { operation, table } = statementName(event.query.sql);
  const hasFailed = event.level === 'error';
  const fields = {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    'db.collection.name': table,
    ...(hasFailed ? { 'error.type': stateOf(event.error) } : {}),
  } as const;
  recordCall({ name: `${operation} ${table}`, fields, ms: event.queryDurationMillis, hasFailed });
}

function stateOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && SQLSTATE.test(code) ? code : 'failed';
}
