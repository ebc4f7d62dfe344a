import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';
import type { LeaverSource, LookUpTable } from '../../database/tables/login-tables.js';

/** What a round found. */
export type SurveyResult = { failure: string } | { people: number; missing: number; braked: string | null };

export type LookUpRow = Selectable<LookUpTable>;

/** What the latest round found, of each directory and of those whom none can be asked about. */
@Injectable()
export class SurveysStore {
  constructor(private readonly db: Database) {}

  /** Records a round; after a failure the numbers of the last answer stay. */
  async record(directory: LeaverSource, result: SurveyResult): Promise<void> {
    const row =
      'failure' in result
        ? { at: NOW, failure: result.failure }
        : { at: NOW, answered_at: NOW, failure: null, ...result };
    await this.db
      .insertInto('look_up')
      .values({ directory, ...row })
      .onConflict((conflict) => conflict.column('directory').doUpdateSet(row))
      .execute();
  }

  all(): Promise<LookUpRow[]> {
    return this.db.selectFrom('look_up').selectAll().orderBy('directory').execute();
  }
}
