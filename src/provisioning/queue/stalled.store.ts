import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { NOW } from '../../database/sql/clock.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { ProvisionsStore } from '../records/provisions.store.js';
import { NOTHING_WAKES_IT } from '../records/waits.store.js';
import { IS_NEXT } from './runs.store.js';

/** A job may have been lost: a provision that waits this long is enqueued again. */
const FORGOTTEN = sql<SqlBool>`due_at < clock_timestamp() - interval '10 seconds'`;
/** The maximum number of waiting provisions to check in one round. */
const MOST_FORGOTTEN = 100;
/** The maximum number of provisions to end in one round. */
const MOST_OVERDUE = 100;

/** Provisions with which nothing happens by itself any more: their process, their job or what would wake them is lost, or their time is up. */
@Injectable()
export class StalledStore {
  constructor(private readonly provisions: ProvisionsStore) {}

  /**
   * Releases the provisions of dead processes, all of them or only those with an expired lease; returns their ids. It waits for none that is
   * just being ended.
   */
  async recover(everything: boolean, db: Executor): Promise<string[]> {
    const dead = db
      .selectFrom('provision')
      .select('id')
      .where('status', '=', 'processing')
      .$if(!everything, (query) => query.where('lease_until', '<', NOW))
      .forUpdate()
      .skipLocked();
    const rows = await db
      .updateTable('provision')
      .set({ status: 'pending', holder: null, lease_until: null, due_at: NOW, updated_at: NOW })
      .where('id', 'in', dead)
      .returningAll()
      .execute();
    for (const row of rows) await this.provisions.record(row, 'recovered', { attempt: row.attempts }, db);
    return rows.map(({ id }) => id);
  }

  /** Wakes those that have waited long enough, and for which nothing runs that would wake them; returns their ids. */
  async overslept(db: Executor): Promise<string[]> {
    const rows = await db
      .updateTable('provision')
      .set({ status: 'pending', attempts: 0, due_at: NOW, updated_at: NOW })
      .where('status', '=', 'pending_action')
      .where('due_at', '<=', NOW)
      .where(NOTHING_WAKES_IT)
      .returning('id')
      .execute();
    return rows.map(({ id }) => id);
  }

  /**
   * Ends those as failed that wait past their deadline, each with its event; `failureOf` says why. Those that run are ended by who runs them.
   */
  async overdue(
    failureOf: (row: ProvisionRow) => { code: string; message: string },
    db: Executor,
  ): Promise<ProvisionRow[]> {
    const late = await db
      .selectFrom('provision')
      .selectAll()
      .where('deadline_at', '<=', NOW)
      .where('status', 'in', ['pending', 'pending_action'])
      .orderBy('deadline_at')
      .limit(MOST_OVERDUE)
      .forUpdate()
      .skipLocked()
      .execute();
    const ended: ProvisionRow[] = [];
    for (const row of late) {
      const { code, message: error } = failureOf(row);
      const change = { status: 'failed' as const, error, error_code: code, updated_at: NOW };
      ended.push(
        await db
          .updateTable('provision')
          .set(change)
          .where('id', '=', row.id)
          .returningAll()
          .executeTakeFirstOrThrow(),
      );
      await this.provisions.record(row, 'failed', { attempt: row.attempts, error, code }, db);
    }
    return ended;
  }

  /** Provisions that could run, but that no worker has claimed for a while; none of the kinds in `except`. */
  async forgotten(except: readonly string[], db: Executor): Promise<string[]> {
    const rows = await db
      .selectFrom('provision')
      .select('id')
      .where('status', '=', 'pending')
      .where(FORGOTTEN)
      .where(IS_NEXT)
      .$if(except.length > 0, (query) => query.where('kind', 'not in', except))
      .orderBy('due_at')
      .limit(MOST_FORGOTTEN)
      .execute();
    return rows.map(({ id }) => id);
  }
}
