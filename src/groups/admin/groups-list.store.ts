import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type SubjectRow } from '../../database/schema.js';
import { type NamePage, subjectPage } from '../../database/sql/subject-page.js';

/** A group with the number of its members. */
export interface ListedGroup extends SubjectRow {
  member_count: number;
}

/** Lists groups for administrators. */
@Injectable()
export class GroupsListStore {
  constructor(private readonly db: Database) {}

  page(page: NamePage): Promise<ListedGroup[]> {
    return subjectPage(this.db, 'group', page)
      .select(
        sql<number>`(select count(*)::int from membership m where m.group_id = subject.id)`.as(
          'member_count',
        ),
      )
      .execute();
  }
}
