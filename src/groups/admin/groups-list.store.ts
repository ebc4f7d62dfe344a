import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import type { SortedPlace } from '../../common/paging/sorting.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { sortableTime, sortedSubjectPage, subjectCount } from '../../database/sql/subject-page.js';

/** A group with the number of its members. */
export interface ListedGroup extends SubjectRow {
  member_count: number;
  sort_key: string;
}

export const GROUP_SORTS = ['name', 'created', 'members'] as const;

/** Which part of the list, and its order. */
export interface GroupsPage {
  limit: number;
  q: string | undefined;
  field: (typeof GROUP_SORTS)[number];
  descending: boolean;
  after: SortedPlace | undefined;
}

const MEMBER_COUNT = sql<number>`(select count(*)::int from membership m where m.group_id = subject.id)`;

const KEYS: Record<(typeof GROUP_SORTS)[number], RawBuilder<string>> = {
  name: sql<string>`subject.name`,
  created: sortableTime(sql`subject.created_at`),
  members: sql<string>`lpad(${MEMBER_COUNT}::text, 10, '0')`,
};

/** Lists groups for administrators. */
@Injectable()
export class GroupsListStore {
  constructor(private readonly db: Database) {}

  page({ limit, q, field, descending, after }: GroupsPage): Promise<ListedGroup[]> {
    return sortedSubjectPage(this.db, 'group', { limit, q, order: { key: KEYS[field], descending, after } })
      .select(MEMBER_COUNT.as('member_count'))
      .execute();
  }

  async count(q: string | undefined): Promise<number> {
    return (await subjectCount(this.db, 'group', q).executeTakeFirstOrThrow()).total;
  }
}
