import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type Actor, SYSTEM } from '../common/caller.js';
import { appendAudit } from '../database/sql/audit-event.js';
import { NOW } from '../database/sql/clock.js';
import {
  Database,
  type Executor,
  type ProvisionRow,
  type RotationRow,
  type RotationSubjectRow,
} from '../database/schema.js';
import { type Candidate, CANDIDATE_NAME, candidates, type Scope } from './candidates.store.js';

/** What to do, and why. */
export interface NewRotation {
  reason: string | null;
  revokeSessions: boolean;
  revokeAccessKeys: boolean;
}

/** How many there are of each outcome. */
export type RotationCounts = Record<RotationSubjectRow['outcome'] | 'total', number>;

/** Up to `limit` names after `after`, in byte order. */
export interface SubjectsPage {
  limit: number;
  after: string | undefined;
  outcome?: RotationSubjectRow['outcome'] | undefined;
}

const NONE: RotationCounts = { total: 0, waiting: 0, rotated: 0, already_new: 0, skipped: 0, failed: 0 };
/** MinIO has it, or the worker brings it there: what is decided happens, whatever becomes of the run. */
const DECIDED = sql<RotationSubjectRow['outcome']>`coalesce(decided, 'skipped')`;

/** No other run is in progress. */
const isAlone = (id: string) =>
  sql<boolean>`not exists (select from rotation other where other.state = 'running' and other.id <> ${id})`;

/** Rotations of everybody's secret. `steps.store.ts` has what happens to each subject. */
@Injectable()
export class RotationsStore {
  constructor(private readonly db: Database) {}

  find(id: string, db: Executor = this.db): Promise<RotationRow | undefined> {
    return db.selectFrom('rotation').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** The running one. */
  running(): Promise<RotationRow | undefined> {
    return this.db.selectFrom('rotation').selectAll().where('state', '=', 'running').executeTakeFirst();
  }

  /** Records a run with those whom it concerns; undefined: another one is running. */
  async create(
    { reason, revokeSessions, revokeAccessKeys }: NewRotation,
    scope: Scope,
    actor: Actor,
    trx: Executor,
  ): Promise<RotationRow | undefined> {
    const row = await trx
      .insertInto('rotation')
      .values({
        reason,
        revoke_sessions: revokeSessions,
        revoke_access_keys: revokeAccessKeys,
        requested_by: actor.name,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    await trx
      .insertInto('rotation_subject')
      .columns(['rotation_id', 'subject_id', 'kind', 'name', 'code', 'outcome'])
      .expression(
        trx
          .selectFrom(candidates(trx, scope).as('candidate'))
          .select([
            sql<string>`${row.id}::uuid`.as('rotation_id'),
            ...(['id', 'kind', 'name', 'code'] as const),
            sql<string>`case when code is null then 'waiting' else 'skipped' end`.as('outcome'),
          ]),
      )
      .execute();
    return row;
  }

  /** Names the provision that carries the run out, and records the request. */
  async accepted(
    { id, reason, revoke_sessions, revoke_access_keys }: RotationRow,
    provisionId: string,
    actor: Actor,
    trx: Executor,
  ): Promise<void> {
    await trx.updateTable('rotation').set({ provision_id: provisionId }).where('id', '=', id).execute();
    const { total, waiting, skipped } = await this.counts(id, trx);
    const detail = { rotation_id: id, reason, revoke_sessions, revoke_access_keys, total, waiting, skipped };
    await appendAudit(trx, actor, { action: 'credentials.rotation_requested', detail });
  }

  /**
   * Begins an attempt. If the run had failed for some, it starts over for them. Undefined: another run is in progress, or this one was
   * cancelled.
   */
  begin(id: string, provisionId: string): Promise<RotationRow | undefined> {
    return this.db.transaction().execute(async (trx) => {
      await trx
        .updateTable('rotation_subject')
        .set({ outcome: 'waiting', attempts: 0 })
        .where('rotation_id', '=', id)
        .where('outcome', '=', 'failed')
        .where(sql<boolean>`exists (select from rotation where id = ${id} and state = 'failed')`)
        .execute();
      return trx
        .updateTable('rotation')
        .set({ state: 'running', provision_id: provisionId, ended_at: null })
        .where('id', '=', id)
        .where('state', 'in', ['running', 'failed'])
        .where(isAlone(id))
        .returningAll()
        .executeTakeFirst();
    });
  }

  /** Records how an attempt of the provision ended, and the audit event of the run's end. */
  async recorded(id: string, { status }: ProvisionRow, trx: Executor): Promise<void> {
    if (status !== 'completed' && status !== 'failed' && status !== 'cancelled') return;
    const row = await trx
      .updateTable('rotation')
      .set({ state: status, ended_at: NOW })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .returningAll()
      .executeTakeFirst();
    if (!row) return;
    if (status === 'cancelled')
      await trx
        .updateTable('rotation_subject')
        .set({ outcome: DECIDED, code: sql`case when decided is null then 'cancelled' end`, detail: null })
        .where('rotation_id', '=', id)
        .where('outcome', '=', 'waiting')
        .execute();
    const detail = { rotation_id: id, ...(await this.counts(id, trx)) };
    await appendAudit(trx, SYSTEM, { action: `credentials.rotation_${status}`, detail });
  }

  /** `kind`: only of these. */
  async counts(
    id: string,
    db: Executor = this.db,
    kind?: RotationSubjectRow['kind'],
  ): Promise<RotationCounts> {
    const rows = await db
      .selectFrom('rotation_subject')
      .select(['outcome', (eb) => eb.fn.countAll<string>().as('count')])
      .where('rotation_id', '=', id)
      .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'user'))
      .groupBy('outcome')
      .execute();
    const counts = { ...NONE };
    for (const { outcome, count } of rows) {
      counts[outcome] = Number(count);
      counts.total += Number(count);
    }
    return counts;
  }

  /** Deletes runs that ended so many days ago, with their lists. Returns how many. */
  async forgetOld(days: number): Promise<number> {
    const { numDeletedRows } = await this.db
      .deleteFrom('rotation')
      .where('state', '<>', 'running')
      .where(sql<boolean>`ended_at < clock_timestamp() - ${days}::int * interval '1 day'`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  /** What became of each, by name. */
  subjects(id: string, { limit, after, outcome }: SubjectsPage): Promise<RotationSubjectRow[]> {
    return this.db
      .selectFrom('rotation_subject')
      .selectAll()
      .where('rotation_id', '=', id)
      .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome ?? 'failed'))
      .$if(after !== undefined, (query) => query.where('name', '>', after ?? ''))
      .orderBy('name')
      .limit(limit)
      .execute();
  }

  /** Those whom a run requested now would name, by name. */
  planned(scope: Scope, { limit, after }: SubjectsPage): Promise<Candidate[]> {
    return candidates(this.db, scope)
      .$if(after !== undefined, (query) => query.where(CANDIDATE_NAME, '>', after ?? ''))
      .orderBy(CANDIDATE_NAME)
      .limit(limit)
      .execute();
  }

  /** How many of them there are. */
  async plannedCounts(scope: Scope): Promise<RotationCounts> {
    const { total, waiting } = await this.db
      .selectFrom(candidates(this.db, scope).as('candidate'))
      .select((eb) => [
        eb.fn.countAll<string>().as('total'),
        sql<string>`count(*) filter (where code is null)`.as('waiting'),
      ])
      .executeTakeFirstOrThrow();
    const [all, due] = [Number(total), Number(waiting)];
    return { ...NONE, total: all, waiting: due, skipped: all - due };
  }

  /** Which of these names no live user has. */
  async unknown(users: readonly string[]): Promise<Set<string>> {
    const rows = await candidates(this.db, { users, includeAdopted: true }).execute();
    const known = new Set(rows.map(({ name }) => name));
    return new Set(users.filter((name) => !known.has(name)));
  }
}
