import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import type { SortedPlace } from '../../common/paging/sorting.js';
import { Database, type SubjectRow } from '../../database/schema.js';
import { sortableTime, sortedSubjectPage, subjectCount } from '../../database/sql/subject-page.js';
import { USER_GROUPS, type Membership } from '../../database/sql/user-groups.js';

/** A user with the groups it is in. */
export interface ListedUser extends SubjectRow {
  groups: Membership[];
  /** The last login; null: none since the user was made. */
  last_seen_at: Date | null;
  sort_key: string;
}

export type UserStatusFilter = 'active' | 'disabled' | 'suspended' | 'removing';

export const USER_SORTS = ['name', 'created', 'last_seen'] as const;

/** Which users: of all statuses if none is named. */
export interface UserFilter {
  q?: string | undefined;
  /** `suspended` is a part of the disabled ones that `disabled` leaves out. */
  status?: UserStatusFilter | undefined;
}

/** Which part of the list, and its order. */
export interface UsersPage extends UserFilter {
  limit: number;
  field: (typeof USER_SORTS)[number];
  descending: boolean;
  after: SortedPlace | undefined;
}

const LAST_SEEN = sql<Date | null>`(select login.last_at from login where login.user_id = subject.id)`;

const KEYS: Record<(typeof USER_SORTS)[number], RawBuilder<string>> = {
  name: sql<string>`subject.name`,
  created: sortableTime(sql`subject.created_at`),
  last_seen: sortableTime(LAST_SEEN),
};

/** Lists users for administrators. */
@Injectable()
export class UsersListStore {
  constructor(private readonly db: Database) {}

  page({ limit, q, status, field, descending, after }: UsersPage): Promise<ListedUser[]> {
    return sortedSubjectPage(this.db, 'user', { limit, q, order: { key: KEYS[field], descending, after } })
      .select([USER_GROUPS, LAST_SEEN.as('last_seen_at')])
      .where(isOf(status))
      .execute();
  }

  async count({ q, status }: UserFilter): Promise<number> {
    const { total } = await subjectCount(this.db, 'user', q).where(isOf(status)).executeTakeFirstOrThrow();
    return total;
  }
}

function isOf(status: UserStatusFilter | undefined) {
  if (status === undefined) return sql<boolean>`true`;
  return status === 'suspended'
    ? sql<boolean>`subject.status = 'disabled' and subject.suspended is not null`
    : sql<boolean>`subject.status = ${status} and subject.suspended is null`;
}
