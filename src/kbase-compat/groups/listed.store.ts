import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type GroupRole, type SubjectRow } from '../../database/schema.js';
import { subjectPage } from '../../database/sql/subject-page.js';
import { type Membership, USER_GROUPS } from '../../database/sql/user-groups.js';
import { EVERYONE } from '../../policy/names.js';

/** A group with its members. */
export interface ListedGroup {
  name: string;
  members: { user_name: string; role: GroupRole }[];
}

/** A group for somebody who may not be in it. */
export interface ListedTenant {
  name: string;
  description: string | null;
  display_name: string | null;
  website: string | null;
  organization: string | null;
  member_count: number;
  /** Of the asker. */
  role: GroupRole | null;
}

/** A page of users, and how many there are. */
export interface UserPage {
  users: (SubjectRow & { groups: Membership[] })[];
  total: number;
}

const BY_NAME = sql`subject.name collate "C"`;

/** Whole lists, which KBase's clients expect where this service has pages. */
@Injectable()
export class ListedStore {
  constructor(private readonly db: Database) {}

  async groupNames(): Promise<string[]> {
    const rows = await this.groups().select('subject.name').execute();
    return rows.map(({ name }) => name);
  }

  groupsWithMembers(): Promise<ListedGroup[]> {
    const members = sql<ListedGroup['members']>`(
      select coalesce(json_agg(json_build_object('user_name', u.name, 'role', m.role) order by u.name collate "C"), '[]')
      from membership m join subject u on u.id = m.user_id where m.group_id = subject.id
    )`;
    return this.groups()
      .select(['subject.name', members.as('members')])
      .execute();
  }

  tenants(asker: string): Promise<ListedTenant[]> {
    const count = sql<number>`(select count(*)::int from membership m where m.group_id = subject.id)`;
    const role = sql<GroupRole | null>`(
      select m.role from membership m join subject u on u.id = m.user_id
      where m.group_id = subject.id and u.kind = 'user' and u.name = ${asker} and u.status != 'removed'
    )`;
    return this.groups()
      .select(['subject.name', 'subject.description', 'subject.display_name', 'subject.website'])
      .select('subject.organization')
      .select([count.as('member_count'), role.as('role')])
      .execute();
  }

  async userNames(): Promise<string[]> {
    const rows = await this.users().select('subject.name').orderBy(BY_NAME).execute();
    return rows.map(({ name }) => name);
  }

  async userPage(offset: number, limit: number): Promise<UserPage> {
    const page = subjectPage(this.db, 'user', { limit, after: undefined, q: undefined });
    const [users, { total }] = await Promise.all([
      page.select(USER_GROUPS).offset(offset).execute(),
      this.users()
        .select(sql<number>`count(*)::int`.as('total'))
        .executeTakeFirstOrThrow(),
    ]);
    return { users, total };
  }

  private users() {
    return this.db.selectFrom('subject').where('kind', '=', 'user').where('status', '!=', 'removed');
  }

  private groups() {
    return this.db
      .selectFrom('subject')
      .where('kind', '=', 'group')
      .where('status', '=', 'active')
      .where('subject.name', '!=', EVERYONE)
      .orderBy(BY_NAME);
  }
}
