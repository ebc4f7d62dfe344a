import type { Actor } from '../common/caller.js';
import type { Executor } from './schema.js';

/** What an audit event says beside who did it. */
export interface AuditEntry {
  action: string;
  subject?: { kind: string; name: string };
  detail?: Record<string, unknown>;
}

/** One event as a row; a service that acts on a user is recorded with that user as `on_behalf_of`. */
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

/** Appends an event in the transaction of the change it tells of. */
export async function appendAudit(db: Executor, actor: Actor, entry: AuditEntry): Promise<void> {
  await db.insertInto('audit_event').values(auditRow(actor, entry)).execute();
}
