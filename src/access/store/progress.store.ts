import { Injectable } from '@nestjs/common';
import { type Expression, sql, type SqlBool } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { appendAudit } from '../../database/audit-event.js';
import { QUICKLY } from '../../database/quickly.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { leaseKey, type SubjectKey } from '../subject-key.js';

const NOW = sql<Date>`clock_timestamp()`;

/** How far MinIO follows what should hold, and what must be tried again when. */
@Injectable()
export class ProgressStore {
  constructor(private readonly db: Database) {}

  /** The row if MinIO is not known to follow it. */
  findPending(key: SubjectKey): Promise<SubjectRow | undefined> {
    return this.named(key)
      .where('status', '!=', 'removed')
      .where((eb) => eb.or([eb('generation', '>', eb.ref('applied_generation')), eb('suspect', '=', true)]))
      .executeTakeFirst();
  }

  /** The row if it is due now, whatever its status. */
  findDue(key: SubjectKey): Promise<SubjectRow | undefined> {
    return this.named(key).where('due_at', '<=', NOW).executeTakeFirst();
  }

  /**
   * MinIO follows the row as it was read; written only while `holder` has the lease. False: it has lost it. A crash of the database may
   * forget it: then the row is due, and applied once more.
   */
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
      .where(QUICKLY)
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

  private named(key: SubjectKey) {
    return this.db
      .selectFrom('subject')
      .selectAll()
      .where('kind', '=', key.kind)
      .where('name', '=', key.name);
  }
}

function dueIn(ms: number | undefined): Expression<Date | null> {
  return ms === undefined
    ? sql<null>`null::timestamptz`
    : sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}

function holdsLease(key: SubjectKey, holder: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from lease where key = ${leaseKey(key)} and holder = ${holder}::uuid and expires_at > clock_timestamp())`;
}
