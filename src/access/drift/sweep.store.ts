import { Injectable } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { Database, type GrantRow, type SubjectRow } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';

/** MinIO is known to hold the row's state, and no write of unknown outcome is on its way. */
const SETTLED = sql<boolean>`(status in ('active', 'disabled') and generation = applied_generation and not suspect
  and coalesce(unsettled_until <= clock_timestamp(), true))`;
/** A process is writing the subject in MinIO right now. */
const LEASED = sql<boolean>`exists (select 1 from lease where lease.key = subject.kind || ':' || subject.name
  and lease.expires_at > clock_timestamp())`;

/** A MinIO user of a person who has needed nothing there yet is foreign. */
const WRITTEN = sql<SqlBool>`not (kind = 'user' and unchecked)`;

/** A row, and whether it may be compared with MinIO now. */
export type CurrentSubject = SubjectRow & { settled: boolean; leased: boolean };

/** What a sweep reads of all subjects, in pages, and what it marks. */
@Injectable()
export class SweepStore {
  constructor(private readonly db: Database) {}

  /** Up to `limit` live subjects after an id, without people who have needed nothing in MinIO yet. */
  page(after: string | undefined, limit: number): Promise<SubjectRow[]> {
    return this.db
      .selectFrom('subject')
      .selectAll()
      .where('status', '!=', 'removed')
      .where(WRITTEN)
      .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  /** The grants to these subjects by the id of the subject, oldest first. */
  async grantsOf(ids: readonly string[]): Promise<Map<string, GrantRow[]>> {
    if (ids.length === 0) return new Map();
    const rows = await this.db
      .selectFrom('access_grant')
      .selectAll()
      .where(sql<SqlBool>`grantee_id = any(${sql.val([...ids])}::uuid[])`)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return Map.groupBy(rows, ({ grantee_id }) => grantee_id);
  }

  /** The live row as it is now. */
  current(id: string): Promise<CurrentSubject | undefined> {
    return this.db
      .selectFrom('subject')
      .selectAll()
      .select([SETTLED.as('settled'), LEASED.as('leased')])
      .where('id', '=', id)
      .where('status', '!=', 'removed')
      .executeTakeFirst();
  }

  /** The names of all live groups. */
  async groupNames(): Promise<string[]> {
    const rows = await this.db
      .selectFrom('subject')
      .select('name')
      .where('kind', '=', 'group')
      .where('status', '!=', 'removed')
      .execute();
    return rows.map(({ name }) => name);
  }

  /** Which of these MinIO users are of this service, including users that are being removed. */
  async known(principals: readonly string[]): Promise<Set<string>> {
    if (principals.length === 0) return new Set();
    const rows = await this.db
      .selectFrom('subject')
      .select('principal')
      .where('kind', '!=', 'group')
      .where(WRITTEN)
      .where(sql<SqlBool>`principal = any(${sql.val([...principals])}::text[])`)
      .execute();
    return new Set(rows.map(({ principal }) => principal));
  }

  /** Makes these subjects due for the worker at once and records an event for each. Returns how many were still settled. */
  async mark(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const marked = await this.db
      .with('marked', (db) =>
        db
          .updateTable('subject')
          .set({ suspect: true, due_at: NOW })
          .where(sql<SqlBool>`id = any(${sql.val([...ids])}::uuid[])`)
          .where(SETTLED)
          .returning(['kind', 'name']),
      )
      .with('event', (db) =>
        db
          .insertInto('audit_event')
          .columns(['actor', 'actor_kind', 'action', 'subject_kind', 'subject_name'])
          .expression(
            db
              .selectFrom('marked')
              .select([
                sql<string>`'minio-manager'`.as('actor'),
                sql<'system'>`'system'`.as('actor_kind'),
                sql<string>`'drift.found'`.as('action'),
                'kind as subject_kind',
                'name as subject_name',
              ]),
          ),
      )
      .selectFrom('marked')
      .select('name')
      .execute();
    return marked.length;
  }
}
