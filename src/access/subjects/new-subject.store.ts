import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { AUDIT_COLUMNS, auditSelection } from '../../database/sql/audit-event.js';
import { NOW } from '../../database/sql/clock.js';
import type { Executor, SubjectRow } from '../../database/schema.js';
import type { SubjectKey } from './subject-key.js';

/** A new subject; a group has no secret. */
export interface NewSubject extends SubjectKey {
  principal: string;
  salt?: string;
  keyId?: string;
  status: 'active' | 'disabled';
  description?: string | null;
  prefix?: string | null;
  unchecked?: boolean;
  foreignSecret?: boolean;
}

/** How long a committed change may stay unapplied before the worker takes it over: its request is then surely gone. */
export const REQUEST_GRACE = sql<Date>`clock_timestamp() + interval '6 seconds'`;

/** Resets a removed name's row when the name is used again: it is another subject and keeps nothing of the former one. */
const FROM_NOTHING = {
  id: sql<string>`gen_random_uuid()`,
  // a status that a late write of the removal sets still counts as set by this service
  applied_status: sql<
    'disabled' | null
  >`case when subject.unsettled_until > clock_timestamp() then 'disabled' end`,
  generation: 1,
  listed_generation: 1,
  changed_documents: '{}',
  end_limits: null,
  applied_generation: 0,
  secret_generation: 1,
  applied_secret_generation: 0,
  session_epoch: 0,
  applied_session_epoch: 0,
  access_key_epoch: 0,
  applied_access_key_epoch: 0,
  suspect: false,
  revoking: false,
  created_at: NOW,
  rotated_at: NOW,
  attempts: 0,
  last_error: null,
};

/** Inserts a subject and its audit event in one statement; undefined if a live one of that name exists already. */
export function insertSubject(
  input: NewSubject,
  actor: Actor,
  action: string,
  connection: Executor,
): Promise<SubjectRow | undefined> {
  const { kind, name } = input;
  // nothing is written in MinIO for a person who only called
  const due_at = kind === 'user' && input.unchecked ? null : REQUEST_GRACE;
  const values = { ...valuesOf(input), due_at };
  // what a late write of the former subject may leave is still looked for
  const again = { ...values, ...FROM_NOTHING, due_at: due_at ?? sql<Date | null>`subject.due_at` };
  return connection
    .with('created', (db) =>
      db
        .insertInto('subject')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['kind', 'name']).doUpdateSet(again).where('subject.status', '=', 'removed'),
        )
        .returningAll(),
    )
    .with('event', (db) =>
      db
        .insertInto('audit_event')
        .columns(AUDIT_COLUMNS)
        .expression(
          db.selectFrom('created').select(auditSelection(actor, { action, subject: { kind, name } })),
        ),
    )
    .selectFrom('created')
    .selectAll()
    .executeTakeFirst();
}

function valuesOf({ salt = '', keyId = '', description = null, unchecked = false, ...more }: NewSubject) {
  const { kind, name, principal, status, prefix = null, foreignSecret = false } = more;
  const secret = { secret_salt: salt, secret_key_id: keyId, foreign_secret: foreignSecret };
  return { kind, name, principal, status, ...secret, description, unchecked, prefix, listed_generation: 1 };
}
