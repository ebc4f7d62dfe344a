import { Injectable } from '@nestjs/common';
import { type Expression, sql, type SqlBool } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { appendAudit } from '../../database/audit-event.js';
import { ASYNC_COMMIT } from '../../database/async-commit.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { leaseKey, type SubjectKey } from '../subjects/subject-key.js';
import { GIVEN, keepLease } from './leases.store.js';

const NOW = sql<Date>`clock_timestamp()`;
/** A write of unknown outcome has arrived by then, or never will: a lease later, see access/enforce/leases.ts. */
const SETTLED = sql<Date>`clock_timestamp() + interval '6 seconds'`;
const UNSETTLED = sql<SqlBool>`coalesce(unsettled_until > clock_timestamp(), false)`;

/** What is applied a second time is no news: it was written when it was first. */
const KEPT = sql<Date>`case when suspect or generation > applied_generation then clock_timestamp() else coalesce(written_at, clock_timestamp()) end`;

/** What was done when a row was applied. */
export interface AppliedDone {
  /** The MinIO user was not there before. */
  madeAnew: boolean;
  /** A user applied for the first time, without belonging to `everyone`: there was none yet. */
  withoutEveryone: boolean;
  /** The highest number of its documents that MinIO now holds. */
  topShard: number;
  /** It was applied before, and is told again. */
  again: boolean;
  /** The lease ends with it. */
  release: boolean;
}

/** How far MinIO follows what should hold, and what must be tried again when. */
@Injectable()
export class ProgressStore {
  constructor(private readonly db: Database) {}

  /** The row, whatever its status. */
  find(key: SubjectKey): Promise<SubjectRow | undefined> {
    return this.named(key).executeTakeFirst();
  }

  /** Something of the subject was written in MinIO that its row does not tell. */
  async wrote(key: SubjectKey): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ written_at: NOW })
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .execute();
  }

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
   * MinIO follows the row as it was read; written only while `holder` has the lease, which may end with it. False: it has lost it. A crash of the database may
   * forget it: then the row is due, and applied once more. As long as a late write may arrive, the row stays due, and what that write may
   * do to the status is still ours.
   */
  async applied(row: SubjectRow, holder: string, done: AppliedDone): Promise<boolean> {
    const given = row.status === 'disabled' ? 'disabled' : 'active';
    const mine = holdsLease(row, holder);
    const { madeAnew, withoutEveryone, release } = done;
    const result = await this.db
      .with('held', (db) =>
        release
          ? db.deleteFrom('lease').where(mine).returning(GIVEN)
          : db.selectFrom('lease').select(GIVEN).where(mine),
      )
      .with('kept', () => keepLease(release))
      // MinIO lost the memberships with the user, or was told of them before there was one. Counted as a change: who is enforcing the group
      // right now may not know the user yet, and must not record that it is done
      .with('groups', (db) =>
        db
          .updateTable('subject')
          .set((eb) => ({ generation: eb('generation', '+', 1), due_at: NOW }))
          .where(sql<SqlBool>`exists (select 1 from held)`)
          .where((eb) =>
            eb.or([
              eb.and([
                sql<SqlBool>`${madeAnew}`,
                eb('id', 'in', eb.selectFrom('membership').select('group_id').where('user_id', '=', row.id)),
              ]),
              eb.and([sql<SqlBool>`${withoutEveryone}`, eb('kind', '=', 'group'), eb('name', '=', EVERYONE)]),
            ]),
          ),
      )
      .updateTable('subject')
      .set({
        applied_generation: row.generation,
        applied_status: sql<
          'active' | 'disabled'
        >`case when ${UNSETTLED} and applied_status = 'disabled' then 'disabled' else ${given} end`,
        // from now on the pair is handed out: who asks for another one later gets another one
        rotated_at: sql<Date>`case when applied_secret_generation < ${row.secret_generation} then clock_timestamp() else rotated_at end`,
        applied_secret_generation: row.secret_generation,
        applied_session_epoch: row.session_epoch,
        applied_access_key_epoch: row.access_key_epoch,
        written_at: done.again ? KEPT : NOW,
        suspect: false,
        revoking: sql<boolean>`revoking and generation > ${row.generation}`,
        top_shard: sql<number>`case when generation > ${row.generation} then top_shard else ${done.topShard}::int end`,
        attempts: 0,
        last_error: null,
        due_at: sql<Date | null>`case when generation > ${row.generation} then due_at when ${UNSETTLED} then unsettled_until end`,
      })
      .where('id', '=', row.id)
      .where(sql<SqlBool>`exists (select 1 from held)`)
      .where(ASYNC_COMMIT)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /**
   * The subject is gone in MinIO: the row goes too, or stays as `removed` until a late write is out of the question and every node has
   * heard of it.
   */
  async removed(row: SubjectRow, holder: string, actor: Actor): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const gone = await trx
        .deleteFrom('subject')
        .where('id', '=', row.id)
        .where(sql<SqlBool>`not ${UNSETTLED}`)
        .where((eb) => eb.not(eb.exists(eb.selectFrom('minio_node').select('endpoint'))))
        .where(leaseHeld(row, holder))
        .executeTakeFirst();
      const kept = await trx
        .updateTable('subject')
        .set({
          status: 'removed',
          written_at:
            row.status === 'removed' && !row.suspect ? sql<Date>`coalesce(written_at, ${NOW})` : NOW,
          suspect: false,
          attempts: 0,
          last_error: null,
          due_at: sql<Date | null>`case when ${UNSETTLED} then unsettled_until end`,
        })
        .where('id', '=', row.id)
        .where(leaseHeld(row, holder))
        .executeTakeFirst();
      const count = gone.numDeletedRows + kept.numUpdatedRows;
      if (count > 0n && row.status === 'removing') {
        await appendAudit(trx, actor, {
          action: `${row.kind}.removed`,
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
        ...(uncertain ? { suspect: true, unsettled_until: SETTLED, written_at: NOW } : {}),
      }))
      .where('id', '=', row.id)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** What waits only because it failed before is due now. */
  async retryNow(): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ due_at: NOW })
      .where('attempts', '>', 0)
      .where('due_at', '>', NOW)
      .execute();
  }

  /** MinIO has no group of that name that is somebody else's: from now on what is there is ours. */
  async checked({ id }: SubjectRow): Promise<void> {
    await this.db.updateTable('subject').set({ unchecked: false }).where('id', '=', id).execute();
  }

  /** What MinIO holds of the subject, if there is one, is uncertain. */
  async suspect(key: SubjectKey): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ suspect: true, unsettled_until: SETTLED, due_at: NOW, written_at: NOW })
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .execute();
  }

  /**
   * Somebody wrote in MinIO without holding the lease to the end: whatever the name now stands for is enforced again, at once and once
   * more later. `mayDisable`: a user that is found disabled then was disabled by us.
   */
  async distrust(key: SubjectKey & { principal: string }, mayDisable: boolean): Promise<void> {
    const doubt = { suspect: true, unsettled_until: SETTLED, due_at: NOW, written_at: NOW };
    await this.db
      .insertInto('subject')
      .values({ ...key, status: 'removed', secret_salt: '', secret_key_id: '', ...doubt })
      .onConflict((conflict) =>
        conflict
          .columns(['kind', 'name'])
          .doUpdateSet({ ...doubt, ...(mayDisable ? { applied_status: 'disabled' } : {}) }),
      )
      .execute();
  }

  /** What takes access away and MinIO does not follow yet, whether or not it is due; `tried`: only what was tried in vain. */
  revocations(limit: number, tried = false): Promise<SubjectRow[]> {
    return this.db
      .selectFrom('subject')
      .selectAll()
      .where('revoking', '=', true)
      .where('status', '!=', 'removed')
      .where((eb) => eb('generation', '>', eb.ref('applied_generation')))
      .$if(tried, (query) => query.where('attempts', '>', 0))
      .orderBy('due_at')
      .limit(limit)
      .execute();
  }

  /** What the worker should enforce now: what takes access away first, then the longest due. */
  due(limit: number): Promise<SubjectRow[]> {
    return this.db
      .selectFrom('subject')
      .selectAll()
      .where('due_at', '<=', NOW)
      .orderBy('revoking', 'desc')
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

function dueIn(ms: number): Expression<Date> {
  return sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}

/** Of a row of `lease`: it is the subject's, and `holder` has it. */
function holdsLease(key: SubjectKey, holder: string): Expression<SqlBool> {
  return sql<SqlBool>`lease.key = ${leaseKey(key)} and lease.holder = ${holder}::uuid and lease.expires_at > clock_timestamp()`;
}

function leaseHeld(key: SubjectKey, holder: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from lease where ${holdsLease(key, holder)})`;
}
