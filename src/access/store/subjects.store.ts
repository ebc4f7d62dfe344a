import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { appendAudit, AUDIT_COLUMNS, type AuditEntry, auditSelection } from '../../database/audit-event.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import type { SubjectKey } from '../subject-key.js';
import type { IssuedSession } from './session-keys.store.js';

/** What a change of desired state adds to the row. Every change bumps `generation`. */
export interface SubjectChange {
  status?: 'active' | 'disabled' | 'removing';
  appliedStatus?: 'disabled';
  secret?: { salt: string; keyId: string };
  endSessions?: boolean;
  endAccessKeys?: boolean;
}

/** How long a committed change may stay unapplied before the worker takes it up: its request is then surely gone. */
const REQUEST_GRACE = sql<Date>`clock_timestamp() + interval '6 seconds'`;
const NOW = sql<Date>`clock_timestamp()`;

/** What a removed name's row becomes when the name is used again: another subject, with nothing of the former one. */
const FROM_NOTHING = {
  id: sql<string>`gen_random_uuid()`,
  // what a late write of the removal may do to the status is still ours
  applied_status: sql<
    'disabled' | null
  >`case when subject.unsettled_until > clock_timestamp() then 'disabled' end`,
  generation: 1,
  applied_generation: 0,
  secret_generation: 1,
  applied_secret_generation: 0,
  session_epoch: 0,
  applied_session_epoch: 0,
  access_key_epoch: 0,
  applied_access_key_epoch: 0,
  suspect: false,
  created_at: NOW,
  rotated_at: NOW,
  attempts: 0,
  last_error: null,
};

/** Desired state of subjects. Each change is one statement, its audit event in it. */
@Injectable()
export class SubjectsStore {
  constructor(private readonly db: Database) {}

  /** The live row of a subject. */
  find(key: SubjectKey): Promise<SubjectRow | undefined> {
    return this.live(key).selectAll().executeTakeFirst();
  }

  /** The live row, and how long ago by the database's clock its secret was last replaced, in milliseconds. */
  findWithAge(key: SubjectKey): Promise<(SubjectRow & { rotated_ms_ago: number }) | undefined> {
    return this.live(key)
      .selectAll()
      .select(
        sql<number>`(extract(epoch from clock_timestamp() - rotated_at) * 1000)::float8`.as('rotated_ms_ago'),
      )
      .executeTakeFirst();
  }

  /** A new subject, unless a live one of that name is there already (then undefined: somebody else made it). */
  create(
    input: SubjectKey & { principal: string; salt: string; keyId: string; status: 'active' | 'disabled' },
    actor: Actor,
    action: string,
  ): Promise<SubjectRow | undefined> {
    const { kind, name, principal, salt, keyId, status } = input;
    const values = {
      kind,
      name,
      principal,
      status,
      secret_salt: salt,
      secret_key_id: keyId,
      due_at: REQUEST_GRACE,
    };
    return this.db
      .with('created', (db) =>
        db
          .insertInto('subject')
          .values(values)
          .onConflict((conflict) =>
            conflict
              .columns(['kind', 'name'])
              .doUpdateSet({ ...values, ...FROM_NOTHING })
              .where('subject.status', '=', 'removed'),
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

  /** Commits a change of desired state with its audit event; undefined when the row is no longer in one of the states `from`. */
  change(
    row: SubjectRow,
    change: SubjectChange,
    from: SubjectRow['status'][],
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
  ): Promise<SubjectRow | undefined> {
    const subject = { kind: row.kind, name: row.name };
    return this.db
      .with('changed', (db) =>
        db
          .updateTable('subject')
          .set((eb) => ({ ...setsOf(change), generation: eb('generation', '+', 1), due_at: REQUEST_GRACE }))
          .where('id', '=', row.id)
          .where('status', 'in', from)
          .returningAll(),
      )
      .with('event', (db) =>
        db
          .insertInto('audit_event')
          .columns(AUDIT_COLUMNS)
          .expression(db.selectFrom('changed').select(auditSelection(actor, { ...entry, subject }))),
      )
      .selectFrom('changed')
      .selectAll()
      .executeTakeFirst();
  }

  /**
   * Records an event, and a session with it, only if the subject is still as it was read: active and in the same session epoch. False:
   * what was made for it meanwhile must not be handed out.
   */
  async recordIfUnchanged(
    row: SubjectRow,
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
    session?: IssuedSession,
  ): Promise<boolean> {
    const subject = { kind: row.kind, name: row.name };
    const event = this.db
      .insertInto('audit_event')
      .columns(AUDIT_COLUMNS)
      .expression((eb) =>
        eb
          .selectFrom('subject')
          .select(auditSelection(actor, { ...entry, subject }))
          .where('id', '=', row.id)
          .where('status', '=', 'active')
          .where('session_epoch', '=', row.session_epoch),
      )
      .returning('id');
    if (!session) return (await event.execute()).length > 0;
    const recorded = await this.db
      .with('event', () => event)
      .insertInto('session_key')
      .columns(['sealed_access_key', 'principal', 'expires_at'])
      .expression((eb) =>
        eb
          .selectFrom('event')
          .select([
            sql<string>`${session.sealedAccessKey}::text`.as('sealed_access_key'),
            sql<string>`${row.principal}::text`.as('principal'),
            sql<Date>`${session.expiration}::timestamptz`.as('expires_at'),
          ]),
      )
      .returning('id')
      .execute();
    return recorded.length > 0;
  }

  /** Records an event that changes nothing of the row. */
  async record(key: SubjectKey, actor: Actor, entry: Omit<AuditEntry, 'subject'>): Promise<void> {
    await appendAudit(this.db, actor, { ...entry, subject: { kind: key.kind, name: key.name } });
  }

  private live(key: SubjectKey) {
    return this.db
      .selectFrom('subject')
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .where('status', '!=', 'removed');
  }
}

function setsOf(change: SubjectChange) {
  return {
    ...(change.status ? { status: change.status } : {}),
    ...(change.appliedStatus ? { applied_status: change.appliedStatus } : {}),
    ...(change.secret
      ? {
          secret_salt: change.secret.salt,
          secret_key_id: change.secret.keyId,
          secret_generation: sql<number>`secret_generation + 1`,
          rotated_at: NOW,
        }
      : {}),
    ...(change.endSessions ? { session_epoch: sql<number>`session_epoch + 1` } : {}),
    ...(change.endAccessKeys ? { access_key_epoch: sql<number>`access_key_epoch + 1` } : {}),
  };
}
