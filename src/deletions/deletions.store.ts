import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { type Actor, SYSTEM } from '../common/caller.js';
import { appendAudit } from '../database/sql/audit-event.js';
import { type DataDeletionRow, Database, type Executor, type ProvisionRow } from '../database/schema.js';
import { NOW } from '../database/sql/clock.js';
import type { StoredPrefix } from '../database/tables/work/job-tables.js';

/** The data to delete, and the requester. */
export interface NewDeletion {
  subject: Pick<DataDeletionRow, 'subject_kind' | 'subject_name'>;
  prefix: string;
  /** All homes of the user, if there are several. */
  homes?: readonly StoredPrefix[];
  actor: Actor;
}

/** A deletion, and what its subject is now. */
export interface Examined extends DataDeletionRow {
  /** The removal of the subject is committed. */
  removed: boolean;
  /** The subject still has access. */
  being_removed: boolean;
  /** A request that is still unconfirmed belongs to a process that died before it committed the removal. */
  stale: boolean;
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
/** A try that found the access still there was no run. */
const RUNS_IN_VAIN = sql<number>`case when state = 'running' then attempts + 1 else attempts end`;
const STALE = sql<SqlBool>`requested_at < clock_timestamp() - interval '1 minute'`;
const ALIVE = sql<SqlBool>`exists (select 1 from subject where subject.kind = data_deletion.subject_kind
  and subject.name = data_deletion.subject_name and subject.status in ('active', 'disabled'))`;
const BEING_REMOVED = sql<SqlBool>`exists (select 1 from subject where subject.kind = data_deletion.subject_kind
  and subject.name = data_deletion.subject_name and subject.status = 'removing')`;
/** The subject of the request is gone. */
const GONE = sql<SqlBool>`subject_id is not null and not exists (select 1 from subject
  where subject.id = data_deletion.subject_id and subject.status <> 'removed')`;

/** Deletions of data: what is deleted, and how far. A provision carries each of them out. */
@Injectable()
export class DeletionsStore {
  constructor(private readonly db: Database) {}

  find(id: string): Promise<DataDeletionRow | undefined> {
    return this.db.selectFrom('data_deletion').selectAll().where('id', '=', id).executeTakeFirst();
  }

  examine(id: string): Promise<Examined | undefined> {
    return this.db
      .selectFrom('data_deletion')
      .selectAll()
      .select([
        sql<boolean>`${BEING_REMOVED} or ${GONE}`.as('removed'),
        BEING_REMOVED.as('being_removed'),
        STALE.as('stale'),
      ])
      .where('id', '=', id)
      .executeTakeFirst() as Promise<Examined | undefined>;
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

  /**
   * Records an unconfirmed request. An open request for the prefix is reused; a failed one starts over. `waits`: a provision for it is on
   * its way. The row is locked until the transaction ends.
   */
  async announce(request: NewDeletion, trx: Executor): Promise<{ row: DataDeletionRow; waits: boolean }> {
    const { subject, prefix, actor, homes } = request;
    const asked = {
      state: 'pending' as const,
      homes: homes ? JSON.stringify(homes) : null,
      ...{ confirmed: false, before: null, failed: 0, attempts: 0, last_error: null },
      subject_id: sql<string | null>`(select id from subject where kind = ${subject.subject_kind}
        and name = ${subject.subject_name} and status <> 'removed')`,
      requested_at: NOW,
      ...{ actor: actor.name, actor_kind: actor.kind, request_id: actor.requestId ?? null },
    };
    const made = await trx
      .insertInto('data_deletion')
      .values({ ...subject, prefix, ...asked })
      .onConflict((conflict) => conflict.column('prefix').where(NOT_COMPLETED).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (made) return { row: made, waits: false };
    const open = await this.lockOpen(prefix, trx);
    // it ended between the two statements
    if (!open) return this.announce(request, trx);
    const hasFailed = open.state === 'failed';
    if (open.confirmed && !hasFailed) return { row: open, waits: true };
    const row = await trx
      .updateTable('data_deletion')
      .set({ ...asked, updated_at: NOW })
      .where('id', '=', open.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return { row, waits: !hasFailed };
  }

  /** Names the provision that carries the deletion out. */
  async carriedBy(id: string, provisionId: string, trx: Executor): Promise<void> {
    await trx.updateTable('data_deletion').set({ provision_id: provisionId }).where('id', '=', id).execute();
  }

  /** Confirms the request; undefined: it was confirmed earlier, or is over. */
  async confirm(id: string, trx: Executor): Promise<DataDeletionRow | undefined> {
    const row = await trx
      .updateTable('data_deletion')
      .set({ confirmed: true, updated_at: NOW })
      .where('id', '=', id)
      .where('confirmed', '=', false)
      .where('state', '=', 'pending')
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    const actor = { name: row.actor, kind: row.actor_kind, requestId: row.request_id ?? undefined };
    await appendAudit(trx, actor, {
      action: `${row.subject_kind}.data_deletion_requested`,
      subject: { kind: row.subject_kind, name: row.subject_name },
      detail: { deletion_id: id, prefix: row.prefix },
    });
    return row;
  }

  /** Abandons the request: the subject is not removed, so nothing is deleted. Undefined: it was confirmed, or is over. */
  abandon(id: string, reason: string, trx: Executor): Promise<DataDeletionRow | undefined> {
    return trx
      .updateTable('data_deletion')
      .set({ state: 'failed', last_error: reason, updated_at: NOW })
      .where('id', '=', id)
      .where('confirmed', '=', false)
      .where('state', '=', 'pending')
      .returningAll()
      .executeTakeFirst();
  }

  /** Begins a run, which only the one with this `holder` may change from now on. A failed deletion starts over. */
  begin(id: string, provisionId: string, holder: string): Promise<DataDeletionRow> {
    const anew = sql<Date | null>`case when state = 'failed' then null else before end`;
    return this.db
      .updateTable('data_deletion')
      .set({ state: 'running', provision_id: provisionId, holder, before: anew, failed: 0, updated_at: NOW })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Sets the time from which data is kept; false if the name has a user again, who would own this data. */
  async fixMoment(id: string, holder: string, before: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.held(id, holder)
      .set({ before })
      .where(sql<SqlBool>`not ${ALIVE}`)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Records the progress; false if another run has begun. */
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

  /** Records how a run of the provision ended, and the audit event of the deletion's end. */
  async recorded(id: string, { status, error }: ProvisionRow, trx: Executor): Promise<void> {
    const mayBeInFlight = status === 'pending' && error !== null;
    const row = await trx
      .updateTable('data_deletion')
      .set({
        state: stateOf(status),
        last_error: status === 'cancelled' ? 'It was cancelled' : error,
        updated_at: NOW,
        ...(mayBeInFlight ? { attempts: RUNS_IN_VAIN } : { holder: null }),
      })
      .where('id', '=', id)
      .where(NOT_COMPLETED)
      // an abandoned one says why
      .$if(status === 'cancelled', (query) => query.where('state', '<>', 'failed'))
      .returningAll()
      .executeTakeFirst();
    if (!row?.confirmed || (status !== 'completed' && status !== 'failed')) return;
    await appendAudit(trx, SYSTEM, {
      action: `${row.subject_kind}.${status === 'completed' ? 'data_deleted' : 'data_deletion_failed'}`,
      subject: { kind: row.subject_kind, name: row.subject_name },
      detail: {
        deletion_id: id,
        deleted: Number(row.deleted),
        failed: Number(row.failed),
        ...(status === 'completed' ? {} : { last_error: error }),
      },
    });
  }

  private lockOpen(prefix: string, trx: Executor): Promise<DataDeletionRow | undefined> {
    return trx
      .selectFrom('data_deletion')
      .selectAll()
      .where('prefix', '=', prefix)
      .where(NOT_COMPLETED)
      .forUpdate()
      .executeTakeFirst();
  }

  /** An update of the row that applies only while no other run has begun. */
  private held(id: string, holder: string) {
    return this.db.updateTable('data_deletion').where('id', '=', id).where('holder', '=', holder);
  }
}

function stateOf(status: ProvisionRow['status']): DataDeletionRow['state'] {
  if (status === 'completed' || status === 'pending') return status;
  return 'failed';
}
