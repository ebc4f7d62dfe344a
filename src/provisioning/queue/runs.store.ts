import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { NOW, inMs } from '../../database/sql/clock.js';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import { EVENT_COLUMNS, eventSelection, WAIT_MS, type Waiting } from '../records/provisions.store.js';

/** No earlier provision of the subject waits or runs. */
export const IS_NEXT = sql<SqlBool>`not exists (
  select 1 from provision earlier where earlier.subject = provision.subject and earlier.seq < provision.seq
    and earlier.status in ('pending', 'processing'))`;

/** How an attempt ended. */
export type RunOutcome =
  | { status: 'completed'; result: Record<string, unknown> }
  | { status: 'cancelled' }
  /** It waits, for `delayMs` if nothing wakes it before; `begin` accepts what it waits for, in the same transaction. */
  | { status: 'pending_action'; delayMs: number; begin: (trx: Executor) => Promise<void> }
  /** `isDead`: somebody has to decide about it. */
  | { status: 'failed'; error: string; code: string; isDead: boolean; result?: Record<string, unknown> }
  /** `error` null: the run was interrupted, and goes on elsewhere. */
  | { status: 'pending'; error: string | null; code: string | null; delayMs: number };

const EVENTS = {
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  pending: 'postponed',
} as const;

/** Who claims, for how long, and which kinds not. */
export interface Claim {
  holder: string;
  leaseMs: number;
  except: readonly string[];
}

/** Another provision of the subject has begun. */
export function isTaken(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && constraint === 'provision_running';
}

/** A provision that was claimed, and how long it still has, in milliseconds; null: it has no deadline. */
export type Claimed = ProvisionRow & { left_ms: number | null };

/** A provision whose attempt has ended. */
export interface Ended extends ProvisionRow {
  /** The next waiting one of its subject; null: there is none. Undefined where it was not looked for. */
  next?: Waiting | null;
}

const NEXT = sql<Waiting | null>`(
  select json_build_object('id', id, 'wait_ms', ${WAIT_MS}) from provision
  where subject = ended.subject and status = 'pending' order by seq limit 1)`;

/** Its deadline has not passed. */
export const HAS_TIME = sql<SqlBool>`coalesce(deadline_at > clock_timestamp(), true)`;

/** How long a provision still has until its deadline, by the database's clock. */
export const LEFT_MS = sql<
  number | null
>`(extract(epoch from deadline_at - clock_timestamp()) * 1000)::float8`;

/** The attempts to run provisions: the lease of each, and its outcome. */
@Injectable()
export class RunsStore {
  constructor(private readonly db: Database) {}

  /**
   * Claims a due provision. Undefined: it does not exist, is not due, is done, has no time left, or an earlier one of its subject comes first.
   * Kinds in `except` are not claimed. An index ensures that at most one of a subject runs: the loser of a race gets undefined, too, but in a
   * transaction an error of which {@link isTaken} is true.
   */
  async claim(id: string, { holder, leaseMs, except }: Claim, db: Executor): Promise<Claimed | undefined> {
    try {
      return await db
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
        .where(HAS_TIME)
        .where(IS_NEXT)
        .$if(except.length > 0, (query) => query.where('kind', 'not in', except))
        .returningAll()
        .returning(LEFT_MS.as('left_ms'))
        .executeTakeFirst();
    } catch (error) {
      if (db.isTransaction || !isTaken(error)) throw error;
      return undefined;
    }
  }

  /** Whether there is such a provision. */
  async isKnown(id: string): Promise<boolean> {
    const row = await this.db.selectFrom('provision').select('id').where('id', '=', id).executeTakeFirst();
    return row !== undefined;
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

  /** Stores the result so far; false: the lease is lost. */
  async save(id: string, holder: string, result: object): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('provision')
      .set({ result: JSON.stringify(result) })
      .where('id', '=', id)
      .where('holder', '=', holder)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /**
   * Records the outcome of an attempt, with its event; undefined: the lease was lost, and another process owns the row. Where attempts are
   * not limited, failures with the same message have one event.
   */
  async end(
    { id, attempts, error: before, max_attempts: limit }: ProvisionRow,
    holder: string,
    outcome: RunOutcome,
    db: Executor,
  ): Promise<Ended | undefined> {
    const { status } = outcome;
    const failure = status === 'failed' || status === 'pending' ? outcome : undefined;
    const error = failure?.error?.slice(0, 500) ?? null;
    const query = db.with('ended', (trx) =>
      trx
        .updateTable('provision')
        .set({
          status,
          holder: null,
          lease_until: null,
          updated_at: NOW,
          error,
          error_code: failure?.code ?? null,
          ...('result' in outcome && outcome.result ? { result: JSON.stringify(outcome.result) } : {}),
          ...('delayMs' in outcome ? { due_at: inMs(outcome.delayMs) } : {}),
          ...(status === 'completed' ? { provisioned_at: NOW } : {}),
          // of a part, the whole is the dead letter
          ...(status === 'failed' && outcome.isDead
            ? { dead_lettered_at: sql`case when wakes is null then clock_timestamp() end` }
            : {}),
        })
        .where('id', '=', id)
        .where('holder', '=', holder)
        .returningAll(),
    );
    const isToldOf = limit === null && error !== null && error === before;
    if (status === 'pending_action')
      return query.selectFrom('ended').selectAll().select(NEXT.as('next')).executeTakeFirst();
    if (isToldOf) return query.selectFrom('ended').selectAll().executeTakeFirst();
    const event = failure && error === null ? 'interrupted' : EVENTS[status];
    const detail = { attempt: attempts, ...(error === null ? {} : { error, code: failure?.code ?? null }) };
    return query
      .with('event', (trx) =>
        trx
          .insertInto('provision_event')
          .columns(EVENT_COLUMNS)
          .expression(trx.selectFrom('ended').select(eventSelection(event, detail))),
      )
      .selectFrom('ended')
      .selectAll()
      .executeTakeFirst();
  }
}
