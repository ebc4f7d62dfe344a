import { Injectable } from '@nestjs/common';
import { type QueryCreator, sql } from 'kysely';
import type { Actor } from '../../common/caller.js';
import {
  appendAudit,
  AUDIT_COLUMNS,
  type AuditEntry,
  auditSelection,
} from '../../database/sql/audit-event.js';
import { Database, type Executor, type Schema, type SubjectRow } from '../../database/schema.js';
import {
  type ChangedIds,
  EVERYTHING_CHANGED,
  everythingChanged,
  nextGeneration,
} from './changed-documents.store.js';
import { type AgedRow, msAgo } from './row-ages.store.js';
import type { SuspensionReason } from '../../database/tables/login-tables.js';
import type { SubjectKey } from './subject-key.js';
import { type Inserted, insertSubject, type NewSubject, REQUEST_GRACE } from './new-subject.store.js';
import { NOW } from '../../database/sql/clock.js';

/** What a change of desired state adds to the row. Every change increments `generation`. */
export interface SubjectChange {
  status?: 'active' | 'disabled' | 'removing';
  /** With the status `disabled`: until the next login, for this reason. */
  suspended?: SuspensionReason;
  appliedStatus?: 'disabled';
  secret?: { salt: string; keyId: string };
  endSessions?: boolean;
  endAccessKeys?: boolean;
  /** It counts as written in MinIO. */
  checked?: boolean;
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

/** What the owners of a group say of it. */
export type GroupProfile = Pick<
  SubjectRow,
  'description' | 'display_name' | 'website' | 'organization' | 'joinable'
>;

/** Any number that nothing else locks. */
const MISSING = 7_265_116;

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

  /** The live rows of these ids, locked until the transaction ends; always in the same order. */
  lockAll(ids: readonly string[], db: Executor): Promise<SubjectRow[]> {
    return db
      .selectFrom('subject')
      .selectAll()
      .where('status', '!=', 'removed')
      .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
      .orderBy('id')
      .forUpdate()
      .execute();
  }

  /** Records that desired state of these subjects has changed, with an audit event if there is one. Returns their new rows. */
  async incrementGeneration(changed: ChangedIds, db: Executor, by?: ChangeBy): Promise<SubjectRow[]> {
    if (changed.all.length === 0) return [];
    const locked = db.with('locked', (cte) => inOrder(cte, changed.all));
    const noted = by ? locked.with('event', (cte) => eventOf(cte, by)) : locked;
    return noted
      .updateTable('subject')
      .set({ ...nextGeneration(changed), due_at: REQUEST_GRACE })
      .where('id', 'in', (eb) => eb.selectFrom('locked').select('locked.id'))
      .returningAll()
      .execute();
  }

  /** See {@link Subjects.holdIfMissing}; each name once. */
  async holdIfMissing(kind: SubjectKey['kind'], names: readonly string[], db: Executor): Promise<void> {
    const { found } = await db
      .selectFrom('subject')
      .select((eb) => eb.fn.countAll<string>().as('found'))
      .where('kind', '=', kind)
      .where(sql<boolean>`name = any(${[...names]}::text[])`)
      .where('status', '!=', 'removed')
      .executeTakeFirstOrThrow();
    if (Number(found) < names.length) await sql`select pg_advisory_xact_lock(${MISSING})`.execute(db);
  }

  async describe(id: string, profile: Partial<GroupProfile>, db: Executor): Promise<void> {
    await db.updateTable('subject').set(profile).where('id', '=', id).execute();
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

  /** The live row, and how long ago its secret was last replaced and it was last written. */
  findWithAge(key: SubjectKey): Promise<AgedRow | undefined> {
    return this.live(key, this.db)
      .selectAll()
      .select([msAgo('rotated_at').as('rotated_ms_ago'), msAgo('written_at').as('written_ms_ago')])
      .executeTakeFirst();
  }

  /** A new subject; no row if a live one of that name exists already, because another request created it. See {@link insertSubject}. */
  create(
    input: NewSubject,
    by: { actor: Actor; action: string },
    db: Executor = this.db,
    unlessAwaited = false,
  ): Promise<Inserted> {
    return insertSubject(input, by, db, unlessAwaited);
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

  /** Deletes the row of a subject that MinIO surely holds as it says, with its audit event; false: it may still be written. */
  async forget({ id, kind, name, generation }: SubjectRow, { actor, ...entry }: EventBy): Promise<boolean> {
    const gone = await this.db
      .with('gone', (db) =>
        db
          .deleteFrom('subject')
          .where('id', '=', id)
          .where('generation', '=', generation)
          .where('suspect', '=', false)
          .where(sql<boolean>`coalesce(unsettled_until < clock_timestamp(), true)`)
          .returning('id'),
      )
      .with('event', (db) =>
        db
          .insertInto('audit_event')
          .columns(AUDIT_COLUMNS)
          .expression(
            db.selectFrom('gone').select(auditSelection(actor, { ...entry, subject: { kind, name } })),
          ),
      )
      .selectFrom('gone')
      .selectAll()
      .executeTakeFirst();
    return gone !== undefined;
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

function eventOf(db: QueryCreator<Schema>, { key: { kind, name }, actor, event }: ChangeBy) {
  return db
    .insertInto('audit_event')
    .columns(AUDIT_COLUMNS)
    .expression(db.selectNoFrom(auditSelection(actor, { ...event, subject: { kind, name } })));
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

/** Each change of the status ends a suspension, unless it begins one. */
function statusOf(status: SubjectRow['status'], suspended: SuspensionReason | null = null) {
  return { status, revoking: status !== 'active', suspended, suspended_at: suspended && NOW };
}

function setsOf(change: SubjectChange) {
  return {
    ...(change.status ? statusOf(change.status, change.suspended) : {}),
    ...(change.appliedStatus ? { applied_status: change.appliedStatus } : {}),
    ...(change.checked ? { unchecked: false } : {}),
    ...(change.secret
      ? {
          secret_salt: change.secret.salt,
          secret_key_id: change.secret.keyId,
          foreign_secret: false,
          secret_generation: sql<number>`secret_generation + 1`,
          rotated_at: NOW,
        }
      : {}),
    ...(change.endSessions ? { session_epoch: sql<number>`session_epoch + 1` } : {}),
    ...(change.endAccessKeys ? { access_key_epoch: sql<number>`access_key_epoch + 1` } : {}),
  };
}
