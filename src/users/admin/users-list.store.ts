import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type GroupRole, type SubjectRow } from '../../database/schema.js';
import { type NamePage, subjectPage } from '../../database/subject-page.js';

/** A user with the groups it is in. */
export interface ListedUser extends SubjectRow {
  groups: { group_name: string; role: GroupRole }[];
}

/** Lists users for administrators. */
@Injectable()
export class UsersListStore {
  constructor(private readonly db: Database) {}

  page(page: NamePage): Promise<ListedUser[]> {
    return subjectPage(this.db, 'user', page)
      .select(
        sql<ListedUser['groups']>`(
          select coalesce(json_agg(json_build_object('group_name', g.name, 'role', m.role) order by g.name collate "C"), '[]')
          from membership m join subject g on g.id = m.group_id where m.user_id = subject.id
        )`.as('groups'),
      )
      .execute();
  }
}
