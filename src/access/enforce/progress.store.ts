import { Injectable } from '@nestjs/common';
import { type Expression, type QueryCreator, sql, type SqlBool } from 'kysely';
import type { Actor } from '../../common/caller.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { ASYNC_COMMIT } from '../../database/sql/async-commit.js';
import { NOW } from '../../database/sql/clock.js';
import { Database, type Executor, type Schema, type SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { generationApplied, EVERYTHING_CHANGED } from '../subjects/changed-documents.store.js';
import { leaseKey, type SubjectKey } from '../subjects/subject-key.js';
import { GIVEN, keepLease } from '../leases/leases.store.js';

/** A write of unknown outcome has arrived by then, or never will: one lease time later, see access/leases/leases.ts. */
const SETTLED = sql<Date>`clock_timestamp() + interval '6 seconds'`;
const UNSETTLED = sql<SqlBool>`coalesce(unsettled_until > clock_timestamp(), false)`;

/** A repeated application keeps the time of the first one. */
const KEPT = sql<Date>`case when suspect or generation > applied_generation then clock_timestamp() else coalesce(written_at, clock_timestamp()) end`;

const NO_FAILURE = { attempts: 0, last_error: null };

/** What was done when a row was applied. */
export interface AppliedDone {
  /** The MinIO user was not there before. */
  madeAnew: boolean;
  /** A user was applied for the first time and does not belong to `everyone`: the group did not exist yet. */
  withoutEveryone: boolean;
  /** The highest number of its documents that MinIO now holds. */
  topShard: number;
  /** The latest ends that its documents state, by owner. */
  endLimits: Record<string, number>;
  /** The row was applied before, and is sent again. */
  again: boolean;
  /** The lease ends with the record. */
  release: boolean;
}

/** How far MinIO follows desired state, and what must be retried when. */
@Injectable()
export class ProgressStore {
  constructor(private readonly db: Database) {}

  /** The row, whatever its status. */
  find(key: SubjectKey): Promise<SubjectRow | undefined> {
    return this.named(key).executeTakeFirst();
  }

  /** Records a write in MinIO that the subject's row does not show. */
  async wrote(key: SubjectKey): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ written_at: NOW })
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .execute();
  }

  /** The row if MinIO is not known to hold it. */
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
   * MinIO holds the row as it was read. Recorded only while `holder` has the lease, which may end with the record. False: the lease is
   * lost. If a crash of the database loses the record, the row is due and is applied once more. The row stays due as long as a late write
   * may arrive, and a status that this write sets still counts as set by this service.
   */
  async applied(row: SubjectRow, holder: string, done: AppliedDone): Promise<boolean> {
    const given = row.status === 'disabled' ? 'disabled' : 'active';
    const mine = holdsLease(row, holder);
    const { madeAnew, withoutEveryone, release } = done;
    const result = await this.db
      .with('held', (db) => (release ? db.deleteFrom('lease').where(mine).returning(GIVEN) : held(db, mine)))
      .with('kept', () => keepLease(release))
      // MinIO lost the memberships with the user, or received them before the user existed. They count as a change: a process that is
      // enforcing the group may not know the user yet, and must not record the group as done
      .with('groups', (db) =>
        db
          .updateTable('subject')
          .set({ ...EVERYTHING_CHANGED, due_at: NOW })
          .where(sql<SqlBool>`exists (select 1 from held)`)
          .where((eb) =>
            eb.or([
              eb.and([
                sql<SqlBool>`${madeAnew || row.unchecked}::boolean`,
                eb('id', 'in', eb.selectFrom('membership').select('group_id').where('user_id', '=', row.id)),
              ]),
              eb.and([sql<SqlBool>`${withoutEveryone}`, eb('kind', '=', 'group'), eb('name', '=', EVERYONE)]),
            ]),
          ),
      )
      .updateTable('subject')
      .set({
        ...generationApplied(row.generation, done.endLimits),
        applied_status: sql<
          'active' | 'disabled'
        >`case when ${UNSETTLED} and applied_status = 'disabled' then 'disabled' else ${given} end`,
        // the pair is issued from now on: a later request gets another one
        rotated_at: sql<Date>`case when applied_secret_generation < ${row.secret_generation} then clock_timestamp() else rotated_at end`,
        applied_secret_generation: row.secret_generation,
        foreign_secret: sql<boolean>`foreign_secret and not ${madeAnew}::boolean`,
        applied_session_epoch: row.session_epoch,
        applied_access_key_epoch: row.access_key_epoch,
        written_at: done.again ? KEPT : NOW,
        suspect: false,
        unchecked: false,
        revoking: sql<boolean>`revoking and generation > ${row.generation}`,
        top_shard: sql<number>`case when generation > ${row.generation} then top_shard else ${done.topShard}::int end`,
        ...NO_FAILURE,
        due_at: sql<Date | null>`case when generation > ${row.generation} then due_at when ${UNSETTLED} then unsettled_until end`,
      })
      .where('id', '=', row.id)
      .where(sql<SqlBool>`exists (select 1 from held)`)
      .where(ASYNC_COMMIT)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** The subject is gone in MinIO. Its row is deleted too, or stays as `removed` until no late write can arrive and every node knows. */
  async removed(row: SubjectRow, holder: string, actor: Actor): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const gone = await trx
        .deleteFrom('subject')
        .where('id', '=', row.id)
        .where(sql<SqlBool>`not ${UNSETTLED}`)
        .where((eb) => eb.not(eb.exists(eb.selectFrom('minio_node').select('endpoint'))))
        .where(leaseHeld(row, holder))
        .executeTakeFirst();
      const kept = await this.keepName(row, holder, trx);
      const count = gone.numDeletedRows + kept;
      if (count > 0n && row.status === 'removing') {
        await appendAudit(trx, actor, {
          action: `${row.kind}.removed`,
          subject: { kind: row.kind, name: row.name },
        });
      }
      return count > 0n;
    });
  }

  /**
   * Keeps the name as `removed`, in a new row: whatever else belonged to the subject goes with the old one, as if no row were kept. Returns
   * how many rows there were.
   */
  private async keepName(row: SubjectRow, holder: string, trx: Executor): Promise<bigint> {
    const id = row.status === 'removing' ? sql<string>`gen_random_uuid()` : row.id;
    const gone = await trx
      .deleteFrom('subject')
      .where('id', '=', row.id)
      .where(leaseHeld(row, holder))
      .returningAll()
      .executeTakeFirst();
    if (!gone) return 0n;
    const { changed_documents: _, end_limits: __, ...old } = gone;
    await trx
      .insertInto('subject')
      .values({
        ...old,
        id,
        status: 'removed',
        written_at:
          row.status === 'removed' && !row.suspect
            ? sql<Date>`coalesce(${gone.written_at}::timestamptz, ${NOW})`
            : NOW,
        suspect: false,
        ...NO_FAILURE,
        due_at: sql<Date | null>`case when ${gone.unsettled_until}::timestamptz > clock_timestamp() then ${gone.unsettled_until}::timestamptz end`,
      })
      .execute();
    return 1n;
  }

  /** Enforcement failed: it is retried after a delay. `uncertain`: a write may have been applied all the same. False: no such row. */
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

  /** MinIO has no foreign group of that name: from now on a group of that name belongs to this service. */
  async checked({ id }: SubjectRow): Promise<void> {
    await this.db.updateTable('subject').set({ unchecked: false }).where('id', '=', id).execute();
  }

  /** What MinIO holds of the subject, if it exists, is uncertain. */
  async suspect(key: SubjectKey): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ suspect: true, unsettled_until: SETTLED, due_at: NOW, written_at: NOW })
      .where('kind', '=', key.kind)
      .where('name', '=', key.name)
      .execute();
  }

  /**
   * A process wrote in MinIO without holding the lease to the end: the subject that now has the name is enforced again, at once and once
   * more later. `mayDisable`: if the user is then found disabled, this service disabled it.
   */
  async markSuspect(key: SubjectKey & { principal: string }, mayDisable: boolean): Promise<void> {
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

function held(db: QueryCreator<Schema>, mine: Expression<SqlBool>) {
  return db.selectFrom('lease').select(GIVEN).where(mine);
}

/** Of a row of `lease`: it belongs to the subject, and `holder` has it. */
function holdsLease(key: SubjectKey, holder: string): Expression<SqlBool> {
  return sql<SqlBool>`lease.key = ${leaseKey(key)} and lease.holder = ${holder}::uuid and lease.expires_at > clock_timestamp()`;
}

function leaseHeld(key: SubjectKey, holder: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from lease where ${holdsLease(key, holder)})`;
}
