import { Injectable } from '@nestjs/common';
import { type Expression, sql, type SqlBool } from 'kysely';
import { type Actor, SYSTEM } from '../common/caller.js';
import { appendAudit } from '../database/audit-event.js';
import { type DataDeletionRow, Database, type Executor } from '../database/schema.js';
import { NOW, inMs } from '../database/clock.js';

/** The data to delete, and the requester. */
export interface NewDeletion {
  subject: Pick<DataDeletionRow, 'subject_kind' | 'subject_name'>;
  prefix: string;
  actor: Actor;
}

/** A deletion that this process may run. */
export interface Claimed {
  row: DataDeletionRow;
  /** The former holder did not release the deletion: one of its calls may still be in flight. */
  takenOver: boolean;
}

/** The changes of one step to the row. */
export interface Progress {
  deleted: number;
  /** The number of versions that could not be deleted in this pass so far. */
  failed: number;
  lastError: string | null;
}

/** The condition of the index. As a parameter, PostgreSQL would not recognize it any more once it plans the prepared statement for all values. */
const NOT_COMPLETED = sql<SqlBool>`state <> 'completed'`;
/** A request that is still unconfirmed by then belongs to a process that died before it committed the removal. */
const STALE = sql<SqlBool>`requested_at < clock_timestamp() - interval '1 minute'`;
const ALIVE = sql<SqlBool>`exists (select 1 from subject where subject.kind = data_deletion.subject_kind
  and subject.name = data_deletion.subject_name and subject.status in ('active', 'disabled'))`;
const BEING_REMOVED = sql<SqlBool>`exists (select 1 from subject where subject.kind = data_deletion.subject_kind
  and subject.name = data_deletion.subject_name and subject.status = 'removing')`;
/** The subject of the request is gone. */
const GONE = sql<SqlBool>`subject_id is not null and not exists (select 1 from subject
  where subject.id = data_deletion.subject_id and subject.status <> 'removed')`;

/** Deletions of data: rows that outlive every process, and the lease to run one. Uses only the database's clock. */
@Injectable()
export class DeletionsStore {
  constructor(private readonly db: Database) {}

  find(id: string): Promise<DataDeletionRow | undefined> {
    return this.db.selectFrom('data_deletion').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** The latest deletion of the data of a subject. */
  latestOf({ subject_kind, subject_name }: NewDeletion['subject']): Promise<DataDeletionRow | undefined> {
    return this.db
      .selectFrom('data_deletion')
      .selectAll()
      .where('subject_kind', '=', subject_kind)
      .where('subject_name', '=', subject_name)
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** Whether data of a user with this name is being deleted, or is about to be. */
  async isOpen(userName: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('data_deletion')
      .select('id')
      .where('subject_kind', '=', 'user')
      .where('subject_name', '=', userName)
      .where('state', 'in', ['pending', 'running'])
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Records an unconfirmed request. An open request for the prefix is reused; a failed one starts over. */
  announce({ subject: about, prefix, actor }: NewDeletion): Promise<DataDeletionRow> {
    const subject = sql<
      string | null
    >`(select id from subject where kind = ${about.subject_kind} and name = ${about.subject_name}
      and status <> 'removed')`;
    const asked = {
      subject_id: subject,
      requested_at: NOW,
      actor: actor.name,
      actor_kind: actor.kind,
      request_id: actor.requestId ?? null,
    };
    const anew = <T>(fresh: Expression<T> | T, column: string) =>
      sql<T>`case when data_deletion.confirmed and data_deletion.state <> 'failed'
        then data_deletion.${sql.ref(column)} else ${fresh} end`;
    return this.db
      .insertInto('data_deletion')
      .values({ ...about, prefix, state: 'pending', ...asked })
      .onConflict((conflict) =>
        conflict
          .column('prefix')
          .where(NOT_COMPLETED)
          .doUpdateSet({
            subject_id: anew(asked.subject_id, 'subject_id'),
            requested_at: anew(asked.requested_at, 'requested_at'),
            actor: anew(asked.actor, 'actor'),
            actor_kind: anew(asked.actor_kind, 'actor_kind'),
            request_id: anew(sql<string | null>`${asked.request_id}::text`, 'request_id'),
            before: anew(sql<Date | null>`null::timestamptz`, 'before'),
            failed: anew(sql<number>`0::bigint`, 'failed'),
            attempts: anew(sql<number>`0::int`, 'attempts'),
            last_error: anew(sql<string | null>`null::text`, 'last_error'),
            confirmed: sql<boolean>`data_deletion.confirmed and data_deletion.state <> 'failed'`,
            state: sql<'pending'>`case when data_deletion.state = 'failed' then 'pending' else data_deletion.state end`,
            updated_at: NOW,
          }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Confirms the request: the removal is committed, and from now on the deletion happens even if this process dies. */
  async confirm(id: string): Promise<void> {
    await this.db.transaction().execute((trx) => this.confirmIn(trx, id));
  }

  /** Abandons the request: the subject is not removed, so nothing is deleted. */
  async abandon(id: string, reason: string): Promise<void> {
    await this.db
      .updateTable('data_deletion')
      .set({ state: 'failed', last_error: reason, updated_at: NOW })
      .where('id', '=', id)
      .where('confirmed', '=', false)
      .where('state', '=', 'pending')
      .execute();
  }

  /** Decides requests that a crash left unconfirmed: confirms them if the removal was committed, abandons them if it was not. */
  async decideUnconfirmed(): Promise<void> {
    const rows = await this.db
      .selectFrom('data_deletion')
      .select(['id', sql<boolean>`${BEING_REMOVED} or ${GONE}`.as('removed'), STALE.as('stale')])
      .where('state', '=', 'pending')
      .where('confirmed', '=', false)
      .execute();
    for (const { id, removed, stale } of rows) {
      if (removed) await this.confirm(id);
      else if (stale) await this.abandon(id, 'The removal did not happen');
    }
  }

  /** Claims a due deletion, if no living process holds it and access has ended. */
  async claim(holder: string, ttlMs: number): Promise<Claimed | undefined> {
    return this.db.transaction().execute(async (trx) => {
      const found = await trx
        .selectFrom('data_deletion')
        .select(['id', 'holder'])
        .where('state', 'in', ['pending', 'running'])
        .where('confirmed', '=', true)
        .where('due_at', '<=', NOW)
        .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', NOW)]))
        .where(sql<SqlBool>`not ${BEING_REMOVED}`)
        .orderBy('due_at')
        .limit(1)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst();
      if (!found) return undefined;
      const row = await trx
        .updateTable('data_deletion')
        .set({ state: 'running', holder, lease_until: inMs(ttlMs), failed: 0, updated_at: NOW })
        .where('id', '=', found.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return { row, takenOver: found.holder !== null };
    });
  }

  /** Renews the lease; false if it is lost. */
  async renew(id: string, holder: string, ttlMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.held(id, holder)
      .set({ lease_until: inMs(ttlMs) })
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Sets the time from which data is kept; false if the name has a user again, who would own this data. */
  async fixMoment(id: string, holder: string, before: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.held(id, holder)
      .set({ before })
      .where(sql<SqlBool>`not ${ALIVE}`)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Records the progress; false if the lease is lost. */
  async progress(id: string, holder: string, { deleted, failed, lastError }: Progress): Promise<boolean> {
    const { numUpdatedRows } = await this.held(id, holder)
      .set({
        deleted: sql<number>`deleted + ${deleted}::bigint`,
        failed,
        last_error: lastError,
        updated_at: NOW,
        ...(deleted > 0 ? { attempts: 0 } : {}),
      })
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** The deletion continues later. `certain`: no call of this process is in flight. */
  async postpone(
    id: string,
    holder: string,
    { error, delayMs, certain }: { error: string | null; delayMs: number; certain: boolean },
  ): Promise<void> {
    await this.held(id, holder)
      .set((eb) => ({
        state: 'pending',
        lease_until: null,
        due_at: inMs(delayMs),
        updated_at: NOW,
        ...(certain ? { holder: null } : {}),
        ...(error === null ? {} : { last_error: error.slice(0, 500), attempts: eb('attempts', '+', 1) }),
      }))
      .execute();
  }

  /** Records the end, with its audit event; writes nothing if the lease is lost. */
  async end(id: string, holder: string, error: string | null): Promise<void> {
    const state = error === null ? 'completed' : 'failed';
    await this.db.transaction().execute(async (trx) => {
      const row = await this.held(id, holder, trx)
        .set({ state, last_error: error, holder: null, lease_until: null, updated_at: NOW })
        .returningAll()
        .executeTakeFirst();
      if (!row) return;
      await appendAudit(trx, SYSTEM, {
        action: `${row.subject_kind}.${error === null ? 'data_deleted' : 'data_deletion_failed'}`,
        subject: { kind: row.subject_kind, name: row.subject_name },
        detail: {
          deletion_id: id,
          deleted: Number(row.deleted),
          failed: Number(row.failed),
          ...(error === null ? {} : { last_error: error }),
        },
      });
    });
  }

  /** Expires every lease: only for a start without any other process (PGlite). */
  async expireAll(): Promise<void> {
    await this.db
      .updateTable('data_deletion')
      .set({ lease_until: NOW })
      .where('lease_until', 'is not', null)
      .execute();
  }

  private async confirmIn(trx: Executor, id: string): Promise<void> {
    const row = await trx
      .updateTable('data_deletion')
      .set({ confirmed: true, due_at: NOW, updated_at: NOW })
      .where('id', '=', id)
      .where('confirmed', '=', false)
      .where('state', '=', 'pending')
      .returningAll()
      .executeTakeFirst();
    if (!row) return;
    const actor = { name: row.actor, kind: row.actor_kind, requestId: row.request_id ?? undefined };
    await appendAudit(trx, actor, {
      action: `${row.subject_kind}.data_deletion_requested`,
      subject: { kind: row.subject_kind, name: row.subject_name },
      detail: { deletion_id: id, prefix: row.prefix },
    });
  }

  /** An update of the row that applies only while `holder` has the lease. */
  private held(id: string, holder: string, db: Executor = this.db) {
    return db
      .updateTable('data_deletion')
      .where('id', '=', id)
      .where('holder', '=', holder)
      .where('lease_until', '>', NOW);
  }
}
