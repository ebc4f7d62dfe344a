import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type SubjectRow } from '../database/schema.js';

/** Lists users for administrators. */
@Injectable()
export class UsersListStore {
  constructor(private readonly db: Database) {}

  /** Up to `limit` users after a name, sorted by name in byte order; `q` must be contained in the name. */
  list(limit: number, after: string | undefined, q: string | undefined): Promise<SubjectRow[]> {
    const name = sql<string>`name collate "C"`;
    return this.db
      .selectFrom('subject')
      .selectAll()
      .where('kind', '=', 'user')
      .where('status', '!=', 'removed')
      .$if(after !== undefined, (query) => query.where(name, '>', after ?? ''))
      .$if(q !== undefined, (query) => query.where(sql<boolean>`strpos(name, ${q}) > 0`))
      .orderBy(name)
      .limit(limit)
      .execute();
  }
}
