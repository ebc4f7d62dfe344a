import { Injectable } from '@nestjs/common';
import { Database, type SubjectRow } from '../../database/schema.js';
import { type NamePage, subjectPage } from '../../database/sql/subject-page.js';
import { USER_GROUPS, type Membership } from '../../database/sql/user-groups.js';

/** A user with the groups it is in. */
export interface ListedUser extends SubjectRow {
  groups: Membership[];
}

/** Lists users for administrators. */
@Injectable()
export class UsersListStore {
  constructor(private readonly db: Database) {}

  page(page: NamePage): Promise<ListedUser[]> {
    return subjectPage(this.db, 'user', page).select(USER_GROUPS).execute();
  }
}
