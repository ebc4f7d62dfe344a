import { Injectable } from '@nestjs/common';
import { Database, type SubjectRow } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';

/** Which subjects have to be enforced. */
@Injectable()
export class DueStore {
  constructor(private readonly db: Database) {}

  /** Revocations that MinIO does not hold yet, due or not; `tried`: only those that failed before. */
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

  /** What the worker should enforce now: revocations first, then the longest due. */
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

  /** Makes rows due now that wait only because they failed before. */
  async retryNow(): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ due_at: NOW })
      .where('attempts', '>', 0)
      .where('due_at', '>', NOW)
      .execute();
  }
}
