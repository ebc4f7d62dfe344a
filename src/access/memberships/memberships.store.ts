import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { recordset } from '../../database/sql/recordset.js';
import { Database, type Executor, type GroupRole, type SubjectRow } from '../../database/schema.js';
import { columnsOf, type HoldColumns, type Holds } from './holds.js';
import { type Membership, USER_GROUPS } from '../../database/sql/user-groups.js';

import { Touched } from './touched.js';

export type { Membership };

/** A member of a group. */
export interface Member extends HoldColumns {
  user_id: string;
  user_name: string;
  principal: string;
  status: SubjectRow['status'];
  /** Has needed nothing in MinIO yet, which has no such user. */
  unchecked: boolean;
  /** Since when the user has the role, and which person gave it; null: not known, or no person. */
  since: Date | null;
  added_by: string | null;
}

/** A membership as it should be; `by`: the person who gives it now, if one does. */
export interface NewHold {
  user_id: string;
  holds: Holds;
  by: string | null;
}

const HOLD_COLUMNS = [
  'membership.role',
  'membership.managed',
  'membership.by_hand',
  'membership.by_role',
  'membership.by_login',
] as const;

/** Who is in which group. */
@Injectable()
export class MembershipsStore {
  constructor(
    private readonly db: Database,
    private readonly touched: Touched,
  ) {}

  /** All members of a group, by name. */
  membersOf(groupId: string, db: Executor = this.db): Promise<Member[]> {
    return db
      .selectFrom('membership')
      .innerJoin('subject', 'subject.id', 'membership.user_id')
      .select([
        'membership.user_id',
        'subject.name as user_name',
        'subject.principal',
        'subject.status',
        ...HOLD_COLUMNS,
        'subject.unchecked',
        'membership.since',
        'membership.added_by',
      ])
      .where('group_id', '=', groupId)
      .orderBy(sql`subject.name collate "C"`)
      .execute();
  }

  /** The groups that a user is in, by name. */
  groupsOf(userId: string, db: Executor = this.db): Promise<Membership[]> {
    return db
      .selectFrom('membership')
      .innerJoin('subject', 'subject.id', 'membership.group_id')
      .select(['membership.group_id', 'subject.name as group_name', ...HOLD_COLUMNS])
      .where('user_id', '=', userId)
      .where('subject.status', '!=', 'removed')
      .orderBy(sql`subject.name collate "C"`)
      .execute();
  }

  /** The roles of users in their groups. */
  async rolesOf(
    userIds: readonly string[],
    db: Executor = this.db,
  ): Promise<{ user_id: string; group_id: string; role: GroupRole }[]> {
    if (userIds.length === 0) return [];
    return db
      .selectFrom('membership')
      .innerJoin('subject', 'subject.id', 'membership.group_id')
      .select(['membership.user_id', 'membership.group_id', 'membership.role'])
      .where(sql<boolean>`membership.user_id = any(${[...userIds]}::uuid[])`)
      .where('subject.status', '!=', 'removed')
      .execute();
  }

  /** The groups of the user of that name; none if there is no such user. */
  groupsOfName(userName: string): Promise<Membership[]> {
    return this.db
      .selectFrom('membership')
      .innerJoin('subject as user', 'user.id', 'membership.user_id')
      .innerJoin('subject as group', 'group.id', 'membership.group_id')
      .select(['membership.group_id', 'group.name as group_name', ...HOLD_COLUMNS])
      .where('user.kind', '=', 'user')
      .where('user.name', '=', userName)
      .where('user.status', '!=', 'removed')
      .orderBy(sql`"group".name collate "C"`)
      .execute();
  }

  /** The user of that name and its groups, by name, in one statement; undefined if there is no such user. */
  async userWithGroups(userName: string): Promise<{ row: SubjectRow; groups: Membership[] } | undefined> {
    const found = await this.db
      .selectFrom('subject')
      .selectAll('subject')
      .select(USER_GROUPS)
      .where('kind', '=', 'user')
      .where('name', '=', userName)
      .where('status', '!=', 'removed')
      .executeTakeFirst();
    if (!found) return undefined;
    const { groups, ...row } = found;
    return { row, groups };
  }

  /** The MinIO names of all users, also of disabled ones: the members of `everyone`. */
  async principals(db: Executor = this.db): Promise<string[]> {
    const rows = await db
      .selectFrom('subject')
      .select('principal')
      .where('kind', '=', 'user')
      .where('status', 'in', ['active', 'disabled'])
      .where('applied_generation', '>', 0)
      .execute();
    return rows.map(({ principal }) => principal);
  }

  /** Puts users into a group, each once; an existing member is then held as given here. */
  async put(groupId: string, members: readonly NewHold[], db: Executor): Promise<void> {
    if (members.length === 0) return;
    this.touched.note(db, { users: members.map(({ user_id }) => user_id) });
    const rows = members.map(({ user_id, holds, by }) => ({ user_id, ...columnsOf(holds), added_by: by }));
    await sql`
      insert into membership (group_id, user_id, role, managed, by_hand, by_role, by_login, added_by)
      select ${groupId}::uuid, user_id, role, managed, by_hand, by_role, by_login, added_by
      from json_to_recordset(${recordset(rows)}::json)
        as member(user_id uuid, role text, managed boolean, by_hand text, by_role text, by_login text,
          added_by text)
      on conflict (group_id, user_id) do update set role = excluded.role, managed = excluded.managed,
        by_hand = excluded.by_hand, by_role = excluded.by_role, by_login = excluded.by_login,
        since = case when membership.role = excluded.role then membership.since else excluded.since end,
        added_by = case when membership.role = excluded.role and membership.by_hand is not distinct from excluded.by_hand
          then membership.added_by else excluded.added_by end
    `.execute(db);
  }

  async remove(groupId: string, userIds: readonly string[], db: Executor): Promise<void> {
    if (userIds.length === 0) return;
    this.touched.note(db, { users: userIds });
    await db
      .deleteFrom('membership')
      .where('group_id', '=', groupId)
      .where(sql<boolean>`user_id = any(${[...userIds]}::uuid[])`)
      .execute();
  }

  /** Ends all memberships of a user, with what the user's logins said, or in a group. Returns the groups. */
  async removeAllOf(subjectId: string, db: Executor): Promise<string[]> {
    await db.deleteFrom('login_groups').where('user_id', '=', subjectId).execute();
    const rows = await db
      .deleteFrom('membership')
      .where((eb) => eb.or([eb('user_id', '=', subjectId), eb('group_id', '=', subjectId)]))
      .returning('group_id')
      .execute();
    const groups = [...new Set(rows.map(({ group_id }) => group_id))];
    this.touched.note(db, { users: [subjectId], groups: [subjectId] });
    return groups.filter((id) => id !== subjectId);
  }
}
