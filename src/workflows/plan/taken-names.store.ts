import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';

/** Names that belong to somebody. */
@Injectable()
export class TakenNamesStore {
  constructor(private readonly db: Database) {}

  /** Those of these names, in lower case, that are names of groups. */
  async groups(names: readonly string[]): Promise<Set<string>> {
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

  /** Those of these names that are names of people: of users who have logged in. */
  async people(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.db
      .selectFrom('subject')
      .innerJoin('login', 'login.user_id', 'subject.id')
      .select('subject.name')
      .where('subject.kind', '=', 'user')
      .where('subject.status', '!=', 'removed')
      .where(sql<boolean>`subject.name = any(${[...new Set(names)]}::text[])`)
      .execute();
    return new Set(rows.map(({ name }) => name));
  }
}
