import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import type { Executor } from '../schema.js';

/** The content of an audit event, without its actor. */
export interface AuditEntry {
  action: string;
  subject?: { kind: string; name: string };
  detail?: Record<string, unknown>;
}

/** One event as a row; if a service acts for a user, the event has that user as `on_behalf_of`. */
export function auditRow(actor: Actor, { action, subject, detail }: AuditEntry) {
  return {
    actor: actor.name,
    actor_kind: actor.kind,
    on_behalf_of: actor.kind === 'service' && subject?.kind === 'user' ? subject.name : null,
    action,
    subject_kind: subject?.kind ?? null,
    subject_name: subject?.name ?? null,
    request_id: actor.requestId ?? null,
    detail: JSON.stringify(detail ?? {}),
  };
}

/** The columns of {@link auditRow}, in the order of {@link auditSelection}. */
export const AUDIT_COLUMNS = [
  'actor',
  'actor_kind',
  'on_behalf_of',
  'action',
  'subject_kind',
  'subject_name',
  'request_id',
  'detail',
] as const;

/** The event as a selection, for `insert ... select ... from` the change that it records: both in one statement, or neither. */
export function auditSelection(actor: Actor, entry: AuditEntry) {
  const row = auditRow(actor, entry);
  return AUDIT_COLUMNS.map((column) =>
    (column === 'detail' ? sql<string>`${row.detail}::jsonb` : sql<string>`${row[column]}::text`).as(column),
  );
}

/** Appends an event in the transaction of the change that it records. */
export async function appendAudit(db: Executor, actor: Actor, entry: AuditEntry): Promise<void> {
  await db.insertInto('audit_event').values(auditRow(actor, entry)).execute();
}
