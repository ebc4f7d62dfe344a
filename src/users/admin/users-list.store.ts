import { Injectable } from '@nestjs/common';
import { Database, type SubjectRow } from '../../database/schema.js';
import { type NamePage, subjectPage } from '../../database/sql/subject-page.js';
import { USER_GROUPS, type Membership } from '../../database/sql/user-groups.js';

/** A user with the groups it is in. */
export interface ListedUser extends SubjectRow {
  groups: Membership[];
}

export type UserStatusFilter = 'active' | 'disabled' | 'suspended' | 'removing';

/** Lists users for administrators. */
@Injectable()
export class UsersListStore {
  constructor(private readonly db: Database) {}

  /** `status`: only these; `suspended` is a part of the disabled ones that `disabled` leaves out. */
  page({ status, ...page }: NamePage & { status?: UserStatusFilter }): Promise<ListedUser[]> {
    const isSuspended = status === 'suspended';
    return subjectPage(this.db, 'user', page)
      .select(USER_GROUPS)
      .$if(status !== undefined, (query) =>
        query
          .where('subject.status', '=', isSuspended ? 'disabled' : (status as SubjectRow['status']))
          .where('subject.suspended', isSuspended ? 'is not' : 'is', null),
      )
      .execute();
  }
}
