import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { Database, type Executor, type GrantRow, type GroupRole } from '../../database/schema.js';
import { recordset } from '../../database/sql/recordset.js';
import type { MemberPlaceTable } from '../../database/tables/member-place-table.js';
import type { TouchedMembers } from '../memberships/touched.js';

export type MemberPlace = Selectable<MemberPlaceTable>;

/** A path that a group gives to one member. */
export interface PlaceOfMember extends Omit<MemberPlace, 'created_at'> {
  user_id: string;
  user_name: string;
  group_name: string;
  role: GroupRole;
}

/** The paths with `{user}` of groups. */
@Injectable()
export class MemberPlacesStore {
  constructor(private readonly db: Database) {}

  of(groupId: string, db: Executor = this.db): Promise<MemberPlace[]> {
    return db
      .selectFrom('member_place')
      .selectAll()
      .where('group_id', '=', groupId)
      .orderBy('created_at')
      .execute();
  }

  /** Makes the group's places exactly these. */
  async replace(
    groupId: string,
    places: readonly Omit<MemberPlace, 'group_id' | 'created_at'>[],
    db: Executor,
  ): Promise<void> {
    await db.deleteFrom('member_place').where('group_id', '=', groupId).execute();
    if (places.length === 0) return;
    await sql`
      insert into member_place (group_id, bucket, prefix, folder, permission, granted_by)
      select ${groupId}::uuid, bucket, prefix, folder, permission, granted_by
      from json_to_recordset(${recordset(places)}::json)
        as place(bucket text, prefix text, folder boolean, permission text, granted_by text)`.execute(db);
  }

  /** Who of the users, and of everybody in the groups, has a grant as a member or should have one. */
  async concerned({ users, groups }: TouchedMembers, db: Executor): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      with touched as (
        select unnest(${users}::uuid[]) as id
        union select user_id from membership where group_id = any(${groups}::uuid[])
        union select grantee_id from access_grant where source_id = any(${groups}::uuid[])
      )
      select id from touched where
        exists (select from membership join member_place using (group_id) where membership.user_id = touched.id)
        or exists (select from access_grant where grantee_id = touched.id and source_id is not null)`.execute(
      db,
    );
    return rows.map(({ id }) => id);
  }

  /** The grants that these users have as members. */
  present(userIds: readonly string[], db: Executor): Promise<GrantRow[]> {
    return db
      .selectFrom('access_grant')
      .selectAll()
      .where(sql<boolean>`grantee_id = any(${[...userIds]}::uuid[])`)
      .where('source_id', 'is not', null)
      .execute();
  }

  /** What all groups of these users give to them. */
  async given(userIds: readonly string[], db: Executor): Promise<PlaceOfMember[]> {
    return db
      .selectFrom('membership')
      .innerJoin('member_place', 'member_place.group_id', 'membership.group_id')
      .innerJoin('subject as group', 'group.id', 'membership.group_id')
      .innerJoin('subject as user', 'user.id', 'membership.user_id')
      .select([
        ...(['member_place.group_id', 'member_place.bucket', 'member_place.prefix'] as const),
        ...(['member_place.folder', 'member_place.permission', 'member_place.granted_by'] as const),
        ...(['membership.user_id', 'membership.role'] as const),
        'user.name as user_name',
        'group.name as group_name',
      ])
      .where(sql<boolean>`membership.user_id = any(${[...userIds]}::uuid[])`)
      .where('group.status', '=', 'active')
      .where('user.status', 'in', ['active', 'disabled'])
      .orderBy(sql`"group".name collate "C"`)
      .execute();
  }
}
