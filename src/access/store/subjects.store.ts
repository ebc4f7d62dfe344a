import { Injectable } from '@nestjs/common';
import { type Expression, sql, type SqlBool } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { appendAudit, type AuditEntry } from '../../database/audit-event.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { leaseKey, type SubjectKey } from '../subject-key.js';

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

/** Desired state of subjects, and how far MinIO follows it. */
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

  /** The row if it is due now, whatever its status. */
  findDue(key: SubjectKey): Promise<SubjectRow | undefined> {
    const named = this.db
      .selectFrom('subject')
      .selectAll()
      .where('kind', '=', key.kind)
      .where('name', '=', key.name);
    return named.where('due_at', '<=', NOW).executeTakeFirst();
  }

  /** A new subject, unless one of that name is there already (then undefined: somebody else made it). */
  create(
    input: SubjectKey & { principal: string; salt: string; keyId: string; status?: 'active' | 'disabled' },
    actor: Actor,
    action: string,
  ): Promise<SubjectRow | undefined> {
    const { kind, name, principal, salt, keyId, status = 'active' } = input;
    return this.db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom('subject')
        .where('kind', '=', kind)
        .where('name', '=', name)
        .where('status', '=', 'removed')
        .execute();
      const row = await trx
        .insertInto('subject')
        .values({
          kind,
          name,
          principal,
          status,
          secret_salt: salt,
          secret_key_id: keyId,
          due_at: REQUEST_GRACE,
        })
        .onConflict((conflict) => conflict.columns(['kind', 'name']).doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row) await appendAudit(trx, actor, { action, subject: { kind, name } });
      return row;
    });
  }

  /** Commits a change of desired state with its audit event; undefined when the row is no longer in one of the states `from`. */
  change(
    row: SubjectRow,
    change: SubjectChange,
    from: SubjectRow['status'][],
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
  ): Promise<SubjectRow | undefined> {
    return this.db.transaction().execute(async (trx) => {
      const changed = await trx
        .updateTable('subject')
        .set((eb) => ({ ...setsOf(change), generation: eb('generation', '+', 1), due_at: REQUEST_GRACE }))
        .where('id', '=', row.id)
        .where('status', 'in', from)
        .returningAll()
        .executeTakeFirst();
      if (changed) await appendAudit(trx, actor, { ...entry, subject: { kind: row.kind, name: row.name } });
      return changed;
    });
  }

  /**
   * Records an event only if the subject is still as it was read: active and in the same session epoch. False: what was made for
   * it meanwhile must not be handed out.
   */
  async recordIfUnchanged(
    row: SubjectRow,
    actor: Actor,
    entry: { action: string; detail?: object },
  ): Promise<boolean> {
    const onBehalfOf = actor.kind === 'service' ? row.name : null;
    const recorded = await sql`
      insert into audit_event (actor, actor_kind, on_behalf_of, action, subject_kind, subject_name, request_id, detail)
      select ${actor.name}, ${actor.kind}, ${onBehalfOf}::text, ${entry.action}, kind, name, ${actor.requestId ?? null}::text,
        ${JSON.stringify(entry.detail ?? {})}::jsonb
      from subject where id = ${row.id}::uuid and status = 'active' and session_epoch = ${row.session_epoch} returning id`.execute(
      this.db,
    );
    return recorded.rows.length > 0;
  }

  /** Records an event that changes nothing of the row. */
  async record(key: SubjectKey, actor: Actor, entry: Omit<AuditEntry, 'subject'>): Promise<void> {
    await appendAudit(this.db, actor, { ...entry, subject: { kind: key.kind, name: key.name } });
  }

  /** MinIO follows the row as it was read; written only while `holder` has the lease. False: it has lost it. */
  async applied(row: SubjectRow, holder: string, recheckMs: number | undefined): Promise<boolean> {
    const result = await this.db
      .updateTable('subject')
      .set({
        applied_generation: row.generation,
        applied_status: row.status === 'disabled' ? 'disabled' : 'active',
        applied_secret_generation: row.secret_generation,
        applied_session_epoch: row.session_epoch,
        applied_access_key_epoch: row.access_key_epoch,
        suspect: false,
        attempts: 0,
        last_error: null,
        due_at: sql<Date | null>`case when generation > ${row.generation} then due_at else ${dueIn(recheckMs)} end`,
      })
      .where('id', '=', row.id)
      .where(holdsLease(row, holder))
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** The subject is gone in MinIO: the row goes too, or stays as `removed` until a late write of a lost holder is out of the question. */
  async removed(
    row: SubjectRow,
    holder: string,
    recheckMs: number | undefined,
    actor: Actor,
  ): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const gone =
        recheckMs === undefined
          ? await trx
              .deleteFrom('subject')
              .where('id', '=', row.id)
              .where(holdsLease(row, holder))
              .executeTakeFirst()
          : await trx
              .updateTable('subject')
              .set({
                status: 'removed',
                suspect: false,
                attempts: 0,
                last_error: null,
                due_at: dueIn(recheckMs),
              })
              .where('id', '=', row.id)
              .where(holdsLease(row, holder))
              .executeTakeFirst();
      const count = 'numDeletedRows' in gone ? gone.numDeletedRows : gone.numUpdatedRows;
      if (count > 0n && row.status === 'removing') {
        await appendAudit(trx, actor, {
          action: 'user.removed',
          subject: { kind: row.kind, name: row.name },
        });
      }
      return count > 0n;
    });
  }

  /** Enforcement failed: it is tried again after a while. `uncertain`: a write may have been applied all the same. False: no such row. */
  async failed(row: SubjectRow, error: string, delayMs: number, uncertain: boolean): Promise<boolean> {
    const result = await this.db
      .updateTable('subject')
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        last_error: error.slice(0, 500),
        due_at: dueIn(delayMs),
        ...(uncertain ? { suspect: true } : {}),
      }))
      .where('id', '=', row.id)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** What MinIO holds of the subject, if there is one, is uncertain. */
  async suspect(key: SubjectKey): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ suspect: true, due_at: NOW })
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .execute();
  }

  /** Somebody wrote in MinIO without holding the lease to the end: whatever the name now stands for is enforced again, at once. */
  async distrust(key: SubjectKey & { principal: string }): Promise<void> {
    await this.db
      .insertInto('subject')
      .values({ ...key, status: 'removed', secret_salt: '', secret_key_id: '', suspect: true, due_at: NOW })
      .onConflict((conflict) =>
        conflict.columns(['kind', 'name']).doUpdateSet({ suspect: true, due_at: NOW }),
      )
      .execute();
  }

  /** What the worker should enforce now, longest due first. */
  due(limit: number): Promise<SubjectRow[]> {
    return this.db
      .selectFrom('subject')
      .selectAll()
      .where('due_at', '<=', NOW)
      .orderBy('due_at')
      .limit(limit)
      .execute();
  }

  private live(key: SubjectKey) {
    return this.db
      .selectFrom('subject')
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .where('status', '!=', 'removed');
  }
}

function dueIn(ms: number | undefined): Expression<Date | null> {
  return ms === undefined
    ? sql<null>`null::timestamptz`
    : sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
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

function holdsLease(key: SubjectKey, holder: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from lease where key = ${leaseKey(key)} and holder = ${holder}::uuid and expires_at > clock_timestamp())`;
}
