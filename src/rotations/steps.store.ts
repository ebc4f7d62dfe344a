import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type RotationSubjectRow } from '../database/schema.js';

/** What became of one subject. */
export interface Outcome {
  outcome: 'rotated' | 'already_new' | 'skipped' | 'failed';
  code?: string;
  detail?: string;
}

/** The progress of each subject of a rotation. */
@Injectable()
export class StepsStore {
  constructor(private readonly db: Database) {}

  /** Some that wait; those that were tried in vain come last. */
  waiting(rotationId: string, limit: number): Promise<RotationSubjectRow[]> {
    return this.db
      .selectFrom('rotation_subject')
      .selectAll()
      .where('rotation_id', '=', rotationId)
      .where('outcome', '=', 'waiting')
      .orderBy('attempts')
      .orderBy('name')
      .limit(limit)
      .execute();
  }

  /** Whether the run goes on; it does until the transaction ends. */
  async isRunning(rotationId: string, trx: Executor): Promise<boolean> {
    const row = await trx
      .selectFrom('rotation')
      .select('id')
      .where('id', '=', rotationId)
      .where('state', '=', 'running')
      .forShare()
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Notes the decision, in the transaction that replaces the secret. False: it was noted before. */
  async decide(
    { rotation_id, name }: RotationSubjectRow,
    decided: 'rotated' | 'already_new',
    trx: Executor,
  ): Promise<boolean> {
    const { numUpdatedRows } = await trx
      .updateTable('rotation_subject')
      .set({ decided })
      .where('rotation_id', '=', rotation_id)
      .where('name', '=', name)
      .where('outcome', '=', 'waiting')
      .where('decided', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** MinIO holds the secret that was decided about. */
  finish(row: RotationSubjectRow): Promise<void> {
    return this.end(row, { outcome: sql`decided`, code: null, detail: null });
  }

  /** It is over for this one. */
  close(row: RotationSubjectRow, { outcome, code = '', detail = '' }: Outcome): Promise<void> {
    return this.end(row, { outcome: sql`${outcome}`, code: code || null, detail: detail || null });
  }

  /** A try in vain. After `most` of them it has failed; null: it goes on waiting. */
  async failed(
    row: RotationSubjectRow,
    { code, detail }: { code: string; detail: string },
    most: number | null,
  ): Promise<void> {
    const outcome = sql<
      RotationSubjectRow['outcome']
    >`case when attempts + 1 >= ${most}::int then 'failed' else outcome end`;
    await this.db
      .updateTable('rotation_subject')
      .set({ attempts: sql<number>`attempts + 1`, outcome, code, detail })
      .where('rotation_id', '=', row.rotation_id)
      .where('name', '=', row.name)
      .where('outcome', '=', 'waiting')
      .execute();
  }

  private async end(
    { rotation_id, name }: RotationSubjectRow,
    set: { outcome: ReturnType<typeof sql<never>>; code: string | null; detail: string | null },
  ): Promise<void> {
    await this.db
      .updateTable('rotation_subject')
      .set(set)
      .where('rotation_id', '=', rotation_id)
      .where('name', '=', name)
      .where('outcome', '=', 'waiting')
      .execute();
  }
}
