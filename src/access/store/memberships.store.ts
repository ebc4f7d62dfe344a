import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor, type GroupRole, type SubjectRow } from '../../database/schema.js';

/** Somebody in a group. */
export interface Member {
  user_id: string;
  user_name: string;
  principal: string;
  status: SubjectRow['status'];
  role: GroupRole;
  managed: boolean;
}

/** A group that somebody is in. */
export interface Membership {
  group_id: string;
  group_name: string;
  role: GroupRole;
  /** Given by a role. */
  managed: boolean;
}

/** Who is in which group. */
@Injectable()
export class MembershipsStore {
  constructor(private readonly db: Database) {}

  /** Everybody in a group, by name. */
  membersOf(groupId: string, db: Executor = this.db): Promise<Member[]> {
    return db
      .selectFrom('membership')
      .innerJoin('subject', 'subject.id', 'membership.user_id')
      .select([
        'membership.user_id',
        'subject.name as user_name',
        'subject.principal',
        'subject.status',
        'membership.role',
        'membership.managed',
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
      .select(['membership.group_id', 'subject.name as group_name', 'membership.role', 'membership.managed'])
      .where('user_id', '=', userId)
      .where('subject.status', '!=', 'removed')
      .orderBy(sql`subject.name collate "C"`)
      .execute();
  }

  /** The groups of the user of that name; none if there is no such user. */
  groupsOfName(userName: string): Promise<Membership[]> {
    return this.db
      .selectFrom('membership')
      .innerJoin('subject as user', 'user.id', 'membership.user_id')
      .innerJoin('subject as group', 'group.id', 'membership.group_id')
      .select(['membership.group_id', 'group.name as group_name', 'membership.role', 'membership.managed'])
      .where('user.kind', '=', 'user')
      .where('user.name', '=', userName)
      .where('user.status', '!=', 'removed')
      .orderBy(sql`"group".name collate "C"`)
      .execute();
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

  async put(groupId: string, userId: string, role: GroupRole, db: Executor, managed = false): Promise<void> {
    await db
      .insertInto('membership')
      .values({ group_id: groupId, user_id: userId, role, managed })
      .onConflict((conflict) => conflict.columns(['group_id', 'user_id']).doUpdateSet({ role, managed }))
      .execute();
  }

  async remove(groupId: string, userIds: readonly string[], db: Executor): Promise<void> {
    if (userIds.length === 0) return;
    await db
      .deleteFrom('membership')
      .where('group_id', '=', groupId)
      .where('user_id', 'in', [...userIds])
      .execute();
  }

  /** Ends all memberships of a user, or in a group; the answer is which groups they were in. */
  async removeAllOf(subjectId: string, db: Executor): Promise<string[]> {
    const rows = await db
      .deleteFrom('membership')
      .where((eb) => eb.or([eb('user_id', '=', subjectId), eb('group_id', '=', subjectId)]))
      .returning('group_id')
      .execute();
    return [...new Set(rows.map(({ group_id }) => group_id))].filter((id) => id !== subjectId);
  }
}
