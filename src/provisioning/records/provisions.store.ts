import { Injectable } from '@nestjs/common';
import { type Expression, sql, type SqlBool } from 'kysely';
import { Database, type Executor, type NewProvision, type ProvisionRow } from '../../database/schema.js';

const NOW = sql<Date>`clock_timestamp()`;
/** A job may have been lost on its way: a provision that waits this long is announced once more. */
const FORGOTTEN = sql<SqlBool>`due_at < clock_timestamp() - interval '10 seconds'`;
/** How many that wait are looked at in one round. */
const MOST_FORGOTTEN = 100;

/** How an attempt ended. */
export type RunOutcome =
  | { status: 'completed'; result: Record<string, unknown> }
  | { status: 'failed'; error: string; code: string; result?: Record<string, unknown> }
  | { status: 'pending'; error: string; code: string; delayMs: number }
  | { status: 'pending_action'; result: Record<string, unknown> };

/** Provisions and their events. */
@Injectable()
export class ProvisionsStore {
  constructor(private readonly db: Database) {}

  /** A new provision with its first event; with a known idempotency key the one that is there already. */
  async insert(provision: NewProvision, db: Executor): Promise<{ row: ProvisionRow; created: boolean }> {
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
      .executeTakeFirst();
    if (row) {
      await this.record(row, 'accepted', { kind: row.kind, origin: row.origin }, db);
      return { row, created: true };
    }
    const found = await db
      .selectFrom('provision')
      .selectAll()
      .where('requested_by', '=', provision.requested_by)
      .where('idempotency_key', '=', provision.idempotency_key ?? '')
      .executeTakeFirstOrThrow();
    return { row: found, created: false };
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
   * Takes a provision that is due, for `leaseMs`. Undefined: it is not there, not due, done, or one of its subject comes before it.
   * That at most one of a subject runs is held by an index; a race for it ends as if the other had come first.
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

  /** Keeps the lease; false: it is lost. */
  async renew(id: string, holder: string, leaseMs: number): Promise<boolean> {
    const result = await this.db
      .updateTable('provision')
      .set({ lease_until: inMs(leaseMs) })
      .where('id', '=', id)
      .where('holder', '=', holder)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Records how an attempt ended, with its event; undefined: the lease was lost, and the row is somebody else's. */
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

  /** Changes a provision that waits; undefined: it does not wait any more. */
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
      .where('status', 'in', ['pending', 'pending_action'])
      .returningAll()
      .executeTakeFirst();
  }

  /** Marks a dead letter as not wanted any more; undefined: it is none, or was discarded or redriven before. */
  discard(id: string, reason: string, db: Executor): Promise<ProvisionRow | undefined> {
    return this.dead(id, db, { discarded_at: NOW, discard_reason: reason });
  }

  /** Locks a dead letter that may be redriven. */
  deadLetter(id: string, db: Executor): Promise<ProvisionRow | undefined> {
    return this.dead(id, db, { updated_at: sql<Date>`updated_at` });
  }

  /** Nobody else changes the row until the transaction ends. */
  async lock(id: string, db: Executor): Promise<void> {
    await db.selectFrom('provision').select('id').where('id', '=', id).forUpdate().execute();
  }

  /** Whether one that takes it back is accepted, and has not been given up. */
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

  /** One of the kind and subject that has not begun yet; it stays so until the transaction ends. */
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

  /** Takes the one chance to hand out what it gives, or gives it back; false: it is taken. */
  async markClaimed(id: string, claimed: boolean): Promise<boolean> {
    const result = await this.db
      .updateTable('provision')
      .set({ claimed_at: claimed ? NOW : null })
      .where('id', '=', id)
      .where('claimed_at', claimed ? 'is' : 'is not', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** The next of the subject that waits and is not held up by an earlier one. */
  next(subject: string, db: Executor): Promise<Pick<ProvisionRow, 'id' | 'due_at'> | undefined> {
    return db
      .selectFrom('provision')
      .select(['id', 'due_at'])
      .where('subject', '=', subject)
      .where('status', '=', 'pending')
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst();
  }

  /** Gives back what processes hold that died, all of it or what has expired; their ids. */
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

  /** Provisions that could run and that nobody has taken for a while. */
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

  private dead(id: string, db: Executor, change: object): Promise<ProvisionRow | undefined> {
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
  pending_action: 'waiting_for_action',
} as const;

/** No earlier one of the subject waits or runs. */
const IS_NEXT = sql<SqlBool>`not exists (
  select 1 from provision earlier where earlier.subject = provision.subject and earlier.seq < provision.seq
    and earlier.status in ('pending', 'processing'))`;

/** Of a dead letter: nothing repeats it. */
export const NOT_REDRIVEN = sql<SqlBool>`not exists (
  select 1 from provision again where again.redriven_from = provision.id)`;

function inMs(ms: number): Expression<Date> {
  return sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}
