import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { Database, type Executor, type NewProvision, type ProvisionRow } from '../../database/schema.js';
import { inMs, NOW } from '../../database/sql/clock.js';

/** How long a provision still waits until it is due, by the database's clock. */
export const WAIT_MS = sql<number>`(extract(epoch from due_at - clock_timestamp()) * 1000)::float8`;

/** A provision that may have to wait until it is due. */
export interface Waiting {
  id: string;
  /** Milliseconds; 0 or less: it is due. */
  wait_ms: number;
}

/** The columns of an event, in the order of {@link eventSelection}. */
export const EVENT_COLUMNS = ['provision_id', 'correlation_id', 'event', 'detail'] as const;

/** An event as a selection, for `insert ... select ... from` the provisions that it is about: both in one statement. */
export function eventSelection(event: string, detail: Record<string, unknown>) {
  const columns = [
    sql<string>`${event}::text`.as('event'),
    sql<string>`${JSON.stringify(detail)}::jsonb`.as('detail'),
  ];
  return ['id', 'correlation_id', ...columns] as const;
}

/** Provisions and their events. `queue/runs.store.ts` runs them. */
@Injectable()
export class ProvisionsStore {
  constructor(private readonly db: Database) {}

  /**
   * Inserts a provision with its first event, due in `delayMs`, with a deadline in `timeLimitMs`; for a known idempotency key, returns the
   * existing one, without `waiting`.
   */
  async insert(
    provision: NewProvision,
    db: Executor,
    { delayMs = 0, timeLimitMs }: { delayMs?: number | undefined; timeLimitMs?: number | undefined } = {},
  ): Promise<{ row: ProvisionRow; waiting?: Waiting }> {
    const { kind, origin } = provision;
    const row = await db
      .with('added', (trx) =>
        trx
          .insertInto('provision')
          .values({
            ...provision,
            ...(delayMs > 0 ? { due_at: inMs(delayMs) } : {}),
            ...(timeLimitMs === undefined ? {} : { deadline_at: inMs(timeLimitMs) }),
          })
          .onConflict((conflict) =>
            conflict
              .columns(['requested_by', 'idempotency_key'])
              .where('idempotency_key', 'is not', null)
              .doNothing(),
          )
          .returningAll()
          .returning(WAIT_MS.as('wait_ms')),
      )
      .with('event', (trx) =>
        trx
          .insertInto('provision_event')
          .columns(EVENT_COLUMNS)
          .expression(trx.selectFrom('added').select(eventSelection('accepted', { kind, origin }))),
      )
      .selectFrom('added')
      .selectAll()
      .executeTakeFirst();
    if (row) return { row, waiting: row };
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

  /** Makes a waiting provision due; undefined: it no longer waits. */
  makeDue(id: string, db: Executor): Promise<ProvisionRow | undefined> {
    return db
      .updateTable('provision')
      .set({ due_at: NOW, updated_at: NOW })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .returningAll()
      .executeTakeFirst();
  }

  /** Makes a provision due that waits, with a full number of attempts; undefined: it does not wait. */
  wake(id: string, db: Executor): Promise<Waiting | undefined> {
    return db
      .updateTable('provision')
      .set({ status: 'pending', attempts: 0, due_at: NOW, updated_at: NOW })
      .where('id', '=', id)
      .where('status', '=', 'pending_action')
      .returning(['id', sql<number>`0`.as('wait_ms')])
      .executeTakeFirst();
  }

  /**
   * Cancels a waiting provision, or one of the kinds `stoppable` that runs or waits for something: its lease is lost. Undefined: it is neither.
   */
  cancel(id: string, stoppable: readonly string[], db: Executor): Promise<ProvisionRow | undefined> {
    return db
      .updateTable('provision')
      .set({ status: 'cancelled', holder: null, lease_until: null, updated_at: NOW })
      .where('id', '=', id)
      .where((eb) =>
        eb.or([
          eb('status', '=', 'pending'),
          eb.and([
            eb('status', 'in', ['processing', 'pending_action']),
            sql<SqlBool>`kind = any(${[...stoppable]}::text[])`,
          ]),
        ]),
      )
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

  /** The provision that undoes it, unless that has failed or was cancelled. */
  undoOf(id: string, db: Executor = this.db): Promise<{ id: string } | undefined> {
    return db
      .selectFrom('provision')
      .select('id')
      .where('parent_id', '=', id)
      .where('kind', '=', 'undo')
      .where('status', 'not in', ['failed', 'cancelled'])
      .limit(1)
      .executeTakeFirst();
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

/** The dead letter was not redriven. */
export const NOT_REDRIVEN = sql<SqlBool>`not exists (
  select 1 from provision again where again.redriven_from = provision.id)`;
