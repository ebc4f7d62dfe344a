import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { Database, type Executor, type NewProvision, type ProvisionRow } from '../../database/schema.js';
import { NOW, inMs } from '../../database/clock.js';

/** A job may have been lost: a provision that waits this long is enqueued again. */
const FORGOTTEN = sql<SqlBool>`due_at < clock_timestamp() - interval '10 seconds'`;
/** The maximum number of waiting provisions to check in one round. */
const MOST_FORGOTTEN = 100;

/** How long a provision still waits until it is due, by the database's clock. */
const WAIT_MS = sql<number>`(extract(epoch from due_at - clock_timestamp()) * 1000)::float8`;

/** A provision that may have to wait until it is due. */
export interface Waiting {
  id: string;
  /** Milliseconds; 0 or less: it is due. */
  wait_ms: number;
}

/** How an attempt ended. */
export type RunOutcome =
  | { status: 'completed'; result: Record<string, unknown> }
  | { status: 'failed'; error: string; code: string; result?: Record<string, unknown> }
  | { status: 'pending'; error: string; code: string; delayMs: number };

/** Provisions and their events. */
@Injectable()
export class ProvisionsStore {
  constructor(private readonly db: Database) {}

  /** Inserts a provision with its first event; for a known idempotency key, returns the existing one, without `waiting`. */
  async insert(provision: NewProvision, db: Executor): Promise<{ row: ProvisionRow; waiting?: Waiting }> {
    const row = await db
      .insertInto('provision')
      .values(provision)
      .onConflict((conflict) =>
        conflict
          .columns(['requested_by', 'idempotency_key'])
          .where('idempotency_key', 'is not', null)
          .doNothing(),
      )
      .returningAll()
      .returning(WAIT_MS.as('wait_ms'))
      .executeTakeFirst();
    if (row) {
      await this.record(row, 'accepted', { kind: row.kind, origin: row.origin }, db);
      return { row, waiting: row };
    }
    const found = await db
      .selectFrom('provision')
      .selectAll()
      .where('requested_by', '=', provision.requested_by)
      .where('idempotency_key', '=', provision.idempotency_key ?? '')
      .executeTakeFirstOrThrow();
    return { row: found };
  }

  find(id: string, db: Executor = this.db): Promise<ProvisionRow | undefined> {
    return db.selectFrom('provision').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async record(
    { id, correlation_id }: Pick<ProvisionRow, 'id' | 'correlation_id'>,
    event: string,
    detail: Record<string, unknown>,
    db: Executor = this.db,
  ): Promise<void> {
    await db
      .insertInto('provision_event')
      .values({ provision_id: id, event, correlation_id, detail: JSON.stringify(detail) })
      .execute();
  }

  /**
   * Claims a due provision for `leaseMs`. Undefined: it does not exist, is not due, is done, or an earlier one of its subject comes first.
   * An index ensures that at most one of a subject runs; the loser of a race gets undefined, too.
   */
  async claim(id: string, holder: string, leaseMs: number): Promise<ProvisionRow | undefined> {
    try {
      return await this.db
        .updateTable('provision')
        .set((eb) => ({
          status: 'processing',
          holder,
          lease_until: inMs(leaseMs),
          attempts: eb('attempts', '+', 1),
          updated_at: NOW,
        }))
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .where('due_at', '<=', NOW)
        .where(IS_NEXT)
        .returningAll()
        .executeTakeFirst();
    } catch (error) {
      if ((error as { code?: unknown }).code === '23505') return undefined;
      throw error;
    }
  }

  /** Renews the lease; false: it is lost. */
  async renew(id: string, holder: string, leaseMs: number): Promise<boolean> {
    const result = await this.db
      .updateTable('provision')
      .set({ lease_until: inMs(leaseMs) })
      .where('id', '=', id)
      .where('holder', '=', holder)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Records the outcome of an attempt, with its event; undefined: the lease was lost, and another process owns the row. */
  async end(
    id: string,
    holder: string,
    outcome: RunOutcome,
    db: Executor,
  ): Promise<ProvisionRow | undefined> {
    const { status } = outcome;
    const failure = status === 'failed' || status === 'pending' ? outcome : undefined;
    const row = await db
      .updateTable('provision')
      .set({
        status,
        holder: null,
        lease_until: null,
        updated_at: NOW,
        error: failure?.error.slice(0, 500) ?? null,
        error_code: failure?.code ?? null,
        ...('result' in outcome && outcome.result ? { result: JSON.stringify(outcome.result) } : {}),
        ...(status === 'pending' ? { due_at: inMs(outcome.delayMs) } : {}),
        ...(status === 'completed' ? { provisioned_at: NOW } : {}),
        ...(status === 'failed' ? { dead_lettered_at: NOW } : {}),
      })
      .where('id', '=', id)
      .where('holder', '=', holder)
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    const detail = failure ? { error: failure.error.slice(0, 500), code: failure.code } : {};
    await this.record(row, EVENTS[status], { attempt: row.attempts, ...detail }, db);
    return row;
  }

  /** Changes a waiting provision; undefined: it no longer waits. */
  async changeWaiting(
    id: string,
    change: { status?: 'cancelled'; dueNow?: true },
    db: Executor,
  ): Promise<ProvisionRow | undefined> {
    return db
      .updateTable('provision')
      .set({
        ...(change.status ? { status: change.status } : {}),
        ...(change.dueNow ? { due_at: NOW } : {}),
        updated_at: NOW,
      })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .returningAll()
      .executeTakeFirst();
  }

  /** Marks a dead letter as discarded; undefined: it is not a dead letter, or was already discarded or redriven. */
  discard(id: string, reason: string, db: Executor): Promise<ProvisionRow | undefined> {
    return this.dead(id, db, { discarded_at: NOW, discard_reason: reason });
  }

  /** Locks a dead letter that may be redriven. */
  deadLetter(id: string, db: Executor): Promise<ProvisionRow | undefined> {
    return this.dead(id, db, { updated_at: sql<Date>`updated_at` });
  }

  /** Locks the row until the transaction ends. */
  async lock(id: string, db: Executor): Promise<void> {
    await db.selectFrom('provision').select('id').where('id', '=', id).forUpdate().execute();
  }

  /** Whether an undo of it was accepted, and has neither failed nor been cancelled. */
  async isUndone(id: string, db: Executor): Promise<boolean> {
    const row = await db
      .selectFrom('provision')
      .select('id')
      .where('parent_id', '=', id)
      .where('kind', '=', 'undo')
      .where('status', 'not in', ['failed', 'cancelled'])
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** A provision of the kind and subject that has not started; the lock keeps it so until the transaction ends. */
  waiting(kind: string, subject: string, db: Executor): Promise<ProvisionRow | undefined> {
    return db
      .selectFrom('provision')
      .selectAll()
      .where('subject', '=', subject)
      .where('kind', '=', kind)
      .where('status', '=', 'pending')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
  }

  /** The next waiting provision of the subject, in order. */
  next(subject: string, db: Executor): Promise<Waiting | undefined> {
    return db
      .selectFrom('provision')
      .select(['id', WAIT_MS.as('wait_ms')])
      .where('subject', '=', subject)
      .where('status', '=', 'pending')
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst();
  }

  /** Releases the provisions of dead processes, all of them or only those with an expired lease; returns their ids. */
  async recover(everything: boolean, db: Executor): Promise<string[]> {
    const rows = await db
      .updateTable('provision')
      .set({ status: 'pending', holder: null, lease_until: null, due_at: NOW, updated_at: NOW })
      .where('status', '=', 'processing')
      .$if(!everything, (query) => query.where('lease_until', '<', NOW))
      .returningAll()
      .execute();
    for (const row of rows) await this.record(row, 'recovered', { attempt: row.attempts }, db);
    return rows.map(({ id }) => id);
  }

  /** Provisions that could run, but that no worker has claimed for a while. */
  async forgotten(db: Executor): Promise<string[]> {
    const rows = await db
      .selectFrom('provision')
      .select('id')
      .where('status', '=', 'pending')
      .where(FORGOTTEN)
      .where(IS_NEXT)
      .orderBy('due_at')
      .limit(MOST_FORGOTTEN)
      .execute();
    return rows.map(({ id }) => id);
  }

  private async dead(id: string, db: Executor, change: object): Promise<ProvisionRow | undefined> {
    // NOT_REDRIVEN sees what was there when its statement began: that must not be before the lock
    await this.lock(id, db);
    return db
      .updateTable('provision')
      .set(change)
      .where('id', '=', id)
      .where('dead_lettered_at', 'is not', null)
      .where('discarded_at', 'is', null)
      .where(NOT_REDRIVEN)
      .returningAll()
      .executeTakeFirst();
  }
}

const EVENTS = {
  completed: 'completed',
  failed: 'failed',
  pending: 'postponed',
} as const;

/** No earlier provision of the subject waits or runs. */
const IS_NEXT = sql<SqlBool>`not exists (
  select 1 from provision earlier where earlier.subject = provision.subject and earlier.seq < provision.seq
    and earlier.status in ('pending', 'processing'))`;

/** The dead letter was not redriven. */
export const NOT_REDRIVEN = sql<SqlBool>`not exists (
  select 1 from provision again where again.redriven_from = provision.id)`;
