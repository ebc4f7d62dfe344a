import { type RawBuilder, sql } from 'kysely';
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
  suspended: null,
  suspended_at: null,
  created_at: NOW,
  rotated_at: NOW,
  attempts: 0,
  last_error: null,
  display_name: null,
  website: null,
  organization: null,
  joinable: false,
};

/** A new subject, if it was inserted; `awaited`: shares wait for the user, and it was not. */
export interface Inserted {
  row: SubjectRow | undefined;
  awaited: boolean;
}

/** Makes users for whom shares wait, with these shares. */
export abstract class AwaitedUsers {
  /** The new user; undefined if a live one of that name exists already. */
  abstract create(
    input: NewSubject,
    actor: Actor,
    action: string,
    trx?: Executor,
  ): Promise<SubjectRow | undefined>;
}

/**
 * Inserts a subject and its audit event in one statement; no row if a live one of that name exists already. `unlessAwaited`: inserts no user
 * for whom shares wait. They cannot begin to wait until this is committed.
 */
export async function insertSubject(
  input: NewSubject,
  { actor, action }: { actor: Actor; action: string },
  connection: Executor,
  unlessAwaited = false,
): Promise<Inserted> {
  const { kind, name } = input;
  // nothing is written in MinIO for a person who only called
  const dueAt = kind === 'user' && input.unchecked ? undefined : REQUEST_GRACE;
  const values = { ...valuesOf(input), due_at: dueAt ?? sql<Date | null>`null::timestamptz` };
  // what a late write of the former subject may leave is still looked for
  const again = { ...values, ...FROM_NOTHING, due_at: dueAt ?? sql<Date | null>`subject.due_at` };
  const awaited = unlessAwaited ? sql<boolean>`is_awaited(${name})` : sql<boolean>`false`;
  const { is_awaited, ...row } = await connection
    .with('awaited', (db) => db.selectNoFrom(awaited.as('is_awaited')))
    .with('created', (db) =>
      db
        .insertInto('subject')
        .columns(Object.keys(values) as (keyof typeof values)[])
        .expression(
          db
            .selectFrom('awaited')
            .select(Object.entries(values).map(([column, value]) => typed(value).as(column)))
            .where('is_awaited', '=', false),
        )
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
    .selectFrom('awaited')
    .leftJoin('created', (join) => join.onTrue())
    .selectAll('created')
    .select('awaited.is_awaited')
    .executeTakeFirstOrThrow();
  return { row: row.id === null ? undefined : (row as SubjectRow), awaited: is_awaited };
}

/** A value of a row with its type, which a selection does not know. */
function typed(value: unknown): RawBuilder<unknown> {
  if (typeof value === 'boolean') return sql`${value}::boolean`;
  if (typeof value === 'number') return sql`${value}::int`;
  return typeof value === 'object' && value !== null ? (value as RawBuilder<unknown>) : sql`${value}::text`;
}

function valuesOf({ salt = '', keyId = '', description = null, unchecked = false, ...more }: NewSubject) {
  const { kind, name, principal, status, prefix = null, foreignSecret = false } = more;
  const secret = { secret_salt: salt, secret_key_id: keyId, foreign_secret: foreignSecret };
  return { kind, name, principal, status, ...secret, description, unchecked, prefix, listed_generation: 1 };
}
