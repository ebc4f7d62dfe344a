import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type AdoptionRow, Database, type Executor } from '../database/schema.js';
import type { DetachedPolicy } from '../database/tables/adoption-table.js';

/** What was taken over from MinIO, and what was detached then. */
@Injectable()
export class AdoptionsStore {
  constructor(private readonly db: Database) {}

  async record(
    adoption: { subject_id: string; readers_group: string | null; adopted_by: string },
    db: Executor,
  ): Promise<void> {
    await db
      .insertInto('adoption')
      .values(adoption)
      .onConflict((conflict) => conflict.column('subject_id').doNothing())
      .execute();
  }

  find(subjectId: string): Promise<AdoptionRow | undefined> {
    return this.db.selectFrom('adoption').selectAll().where('subject_id', '=', subjectId).executeTakeFirst();
  }

  /** Call it before they are detached. Nothing happens for a subject that was not adopted. */
  async detached(subjectId: string, policies: readonly DetachedPolicy[]): Promise<void> {
    const more = JSON.stringify(policies);
    await this.db
      .updateTable('adoption')
      .set({
        detached: sql<string>`(select coalesce(jsonb_agg(distinct each), '[]')
          from jsonb_array_elements(detached || ${more}::jsonb) as each)`,
      })
      .where('subject_id', '=', subjectId)
      .execute();
  }

  async forget(subjectId: string): Promise<void> {
    await this.db.deleteFrom('adoption').where('subject_id', '=', subjectId).execute();
  }
}
