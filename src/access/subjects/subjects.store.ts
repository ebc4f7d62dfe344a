import { Injectable } from '@nestjs/common';
import { type QueryCreator, sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { appendAudit, AUDIT_COLUMNS, type AuditEntry, auditSelection } from '../../database/audit-event.js';
import { Database, type Executor, type Schema, type SubjectRow } from '../../database/schema.js';
import {
  type ChangedIds,
  EVERYTHING_CHANGED,
  everythingChanged,
  nextGeneration,
} from './changed-documents.store.js';
import type { SubjectKey } from './subject-key.js';
import { NOW } from '../../database/clock.js';

/** What a change of desired state adds to the row. Every change increments `generation`. */
export interface SubjectChange {
  status?: 'active' | 'disabled' | 'removing';
  appliedStatus?: 'disabled';
  secret?: { salt: string; keyId: string };
  endSessions?: boolean;
  endAccessKeys?: boolean;
}

/** The content of an audit event, and its actor. */
export interface EventBy extends Omit<AuditEntry, 'subject'> {
  actor: Actor;
}

/** The subject of a change, who made it, and its audit entry. */
export interface ChangeBy {
  key: SubjectKey;
  actor: Actor;
  event: Omit<AuditEntry, 'subject'>;
}

/** A new subject; a group has no secret. */
export interface NewSubject extends SubjectKey {
  principal: string;
  salt?: string;
  keyId?: string;
  status: 'active' | 'disabled';
  description?: string | null;
  prefix?: string | null;
  unchecked?: boolean;
}

/** How long a committed change may stay unapplied before the worker takes it over: its request is then surely gone. */
const REQUEST_GRACE = sql<Date>`clock_timestamp() + interval '6 seconds'`;

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

/** Desired state of subjects. Each change is one statement that includes its audit event. */
@Injectable()
export class SubjectsStore {
  constructor(private readonly db: Database) {}

  /** The live row of a subject; a group whatever the case of its name. */
  find(key: SubjectKey, db: Executor = this.db): Promise<SubjectRow | undefined> {
    return this.live(key, db).selectAll().executeTakeFirst();
  }

  /** The live rows of these names, locked until the transaction ends; always in the same order. */
  lock(keys: readonly SubjectKey[], db: Executor): Promise<SubjectRow[]> {
    const names = (kind: SubjectKey['kind']): string[] =>
      keys.filter((key) => key.kind === kind).map(({ name }) => name);
    return db
      .selectFrom('subject')
      .selectAll()
      .where('status', '!=', 'removed')
      .where((eb) =>
        eb.or([
          eb.and([eb('kind', '=', 'user'), eb('name', 'in', ['', ...names('user')])]),
          eb.and([eb('kind', '=', 'group'), eb('name', 'in', ['', ...names('group')])]),
          eb.and([eb('kind', '=', 'data_product'), eb('name', 'in', ['', ...names('data_product')])]),
        ]),
      )
      .orderBy('id')
      .forUpdate()
      .execute();
  }

  /** The row, locked until the transaction ends. */
  lockOne(id: string, db: Executor): Promise<SubjectRow> {
    return db.selectFrom('subject').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
  }

  /** Records that desired state of these subjects has changed. Returns their new rows. */
  async incrementGeneration(changed: ChangedIds, db: Executor): Promise<SubjectRow[]> {
    if (changed.all.length === 0) return [];
    return db
      .with('locked', (cte) => inOrder(cte, changed.all))
      .updateTable('subject')
      .set({ ...nextGeneration(changed), due_at: REQUEST_GRACE })
      .where('id', 'in', (eb) => eb.selectFrom('locked').select('locked.id'))
      .returningAll()
      .execute();
  }

  /** The same together with its audit event, in one statement. */
  async incrementGenerationFor(
    { key, actor, event }: ChangeBy,
    changed: ChangedIds,
    db: Executor,
  ): Promise<SubjectRow[]> {
    if (changed.all.length === 0) return [];
    const subject = { kind: key.kind, name: key.name };
    return db
      .with('locked', (cte) => inOrder(cte, changed.all))
      .with('event', (cte) =>
        cte
          .insertInto('audit_event')
          .columns(AUDIT_COLUMNS)
          .expression(cte.selectNoFrom(auditSelection(actor, { ...event, subject }))),
      )
      .updateTable('subject')
      .set({ ...nextGeneration(changed), due_at: REQUEST_GRACE })
      .where('id', 'in', (eb) => eb.selectFrom('locked').select('locked.id'))
      .returningAll()
      .execute();
  }

  async describe(id: string, description: string | null, db: Executor): Promise<void> {
    await db.updateTable('subject').set({ description }).where('id', '=', id).execute();
  }

  /** Grants of the subject were moved into other documents, up to this one. The generation stays, and everything is gone over. */
  async repacked(id: string, topShard: number, db: Executor): Promise<void> {
    await db
      .updateTable('subject')
      .set({
        top_shard: sql<number>`greatest(top_shard, ${topShard}::int)`,
        changed_documents: everythingChanged(sql`generation`),
      })
      .where('id', '=', id)
      .execute();
  }

  /** The live row, and how long ago its secret was last replaced, by the database's clock, in milliseconds. */
  findWithAge(key: SubjectKey): Promise<(SubjectRow & { rotated_ms_ago: number }) | undefined> {
    return this.live(key, this.db)
      .selectAll()
      .select(
        sql<number>`(extract(epoch from clock_timestamp() - rotated_at) * 1000)::float8`.as('rotated_ms_ago'),
      )
      .executeTakeFirst();
  }

  /** A new subject; undefined if a live one of that name exists already, because another request created it. */
  create(
    input: NewSubject,
    actor: Actor,
    action: string,
    connection: Executor = this.db,
  ): Promise<SubjectRow | undefined> {
    const { kind, name } = input;
    const values = { ...valuesOf(input), due_at: REQUEST_GRACE };
    return connection
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
    { actor, ...entry }: EventBy,
    connection: Executor = this.db,
  ): Promise<SubjectRow | undefined> {
    const subject = { kind: row.kind, name: row.name };
    return connection
      .with('changed', (db) =>
        db
          .updateTable('subject')
          .set({ ...setsOf(change), ...EVERYTHING_CHANGED, due_at: REQUEST_GRACE })
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

  /** Records an event that does not change the row. */
  async record(
    key: SubjectKey,
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
    db: Executor = this.db,
  ): Promise<void> {
    await appendAudit(db, actor, { ...entry, subject: { kind: key.kind, name: key.name } });
  }

  private live({ kind, name }: SubjectKey, db: Executor) {
    return db
      .selectFrom('subject')
      .where('kind', '=', kind)
      .where((eb) =>
        kind !== 'group' ? eb('name', '=', name) : eb(sql`lower(name)`, '=', name.toLowerCase()),
      )
      .where('status', '!=', 'removed');
  }
}

/** Locks the rows in one order: otherwise two changes of the same subjects can deadlock. */
function inOrder(db: QueryCreator<Schema>, ids: readonly string[]) {
  return db
    .selectFrom('subject')
    .select('id')
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .orderBy('id')
    .forUpdate();
}

function valuesOf({ salt = '', keyId = '', description = null, unchecked = false, ...more }: NewSubject) {
  const { kind, name, principal, status, prefix = null } = more;
  const secret = { secret_salt: salt, secret_key_id: keyId };
  return { kind, name, principal, status, ...secret, description, unchecked, prefix, listed_generation: 1 };
}

function setsOf(change: SubjectChange) {
  return {
    ...(change.status ? { status: change.status, revoking: change.status !== 'active' } : {}),
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
