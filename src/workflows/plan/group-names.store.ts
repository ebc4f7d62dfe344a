import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';

/** Which groups there are. */
@Injectable()
export class GroupNamesStore {
  constructor(private readonly db: Database) {}

  /** Those of these names, in lower case, that are names of groups. */
  async among(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.db
      .selectFrom('subject')
      .select(sql<string>`lower(name)`.as('name'))
      .where('kind', '=', 'group')
      .where('status', '!=', 'removed')
      .where(sql<boolean>`lower(name) = any(${[...new Set(names)]}::text[])`)
      .execute();
    return new Set(rows.map(({ name }) => name));
  }
}
