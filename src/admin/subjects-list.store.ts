import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type GroupRole, type SubjectRow } from '../database/schema.js';

/** A user with the groups it is in, or a group with how many are in it. */
export interface ListedUser extends SubjectRow {
  groups: { group_name: string; role: GroupRole }[];
}
export interface ListedGroup extends SubjectRow {
  member_count: number;
}

/** Where a page starts and what it is of: up to `limit` names after `after`, in byte order, that contain `q`. */
export interface NamePage {
  limit: number;
  after: string | undefined;
  q: string | undefined;
}

const NAME = sql<string>`subject.name collate "C"`;

/** Lists users and groups for administrators. */
@Injectable()
export class SubjectsListStore {
  constructor(private readonly db: Database) {}

  users(page: NamePage): Promise<ListedUser[]> {
    return this.page('user', page)
      .select(
        sql<ListedUser['groups']>`(
          select coalesce(json_agg(json_build_object('group_name', g.name, 'role', m.role) order by g.name collate "C"), '[]')
          from membership m join subject g on g.id = m.group_id where m.user_id = subject.id
        )`.as('groups'),
      )
      .execute();
  }

  groups(page: NamePage): Promise<ListedGroup[]> {
    return this.page('group', page)
      .select(
        sql<number>`(select count(*)::int from membership m where m.group_id = subject.id)`.as(
          'member_count',
        ),
      )
      .execute();
  }

  private page(kind: SubjectRow['kind'], { limit, after, q }: NamePage) {
    return this.db
      .selectFrom('subject')
      .selectAll('subject')
      .where('kind', '=', kind)
      .where('status', '!=', 'removed')
      .$if(after !== undefined, (query) => query.where(NAME, '>', after ?? ''))
      .$if(q !== undefined, (query) => query.where(sql<boolean>`strpos(subject.name, ${q}) > 0`))
      .orderBy(NAME)
      .limit(limit);
  }
}
