import { Injectable } from '@nestjs/common';
import type { Executor, GroupRole } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';

/** Which requested roles a role makes superfluous. */
const CONTAINED: Record<GroupRole, readonly GroupRole[]> = {
  reader: ['reader'],
  member: ['reader', 'member'],
  owner: ['reader', 'member', 'owner'],
};

/** What changes of access do to open requests for it; the requests themselves are in `sharing/requests`. */
@Injectable()
export class AskedStore {
  /** These users have the role in the group now, whoever gave it: their open requests that it satisfies are closed. */
  async obtained(groupId: string, role: GroupRole, userIds: readonly string[], db: Executor): Promise<void> {
    if (userIds.length === 0) return;
    await db
      .updateTable('access_request')
      .set({ state: 'superseded', decided_at: NOW })
      .where('group_id', '=', groupId)
      .where('requester_id', 'in', [...userIds])
      .where('role', 'in', [...CONTAINED[role]])
      .where('state', '=', 'open')
      .execute();
  }

  /** A subject is removed: its own requests are deleted with it, and requests to it no longer refer to it. */
  async forget(subjectId: string, db: Executor): Promise<void> {
    await db.deleteFrom('access_request').where('requester_id', '=', subjectId).execute();
    await db
      .updateTable('access_request')
      .set((eb) => ({
        owner_id: eb.fn<string | null>('nullif', ['owner_id', eb.val(subjectId)]),
        group_id: eb.fn<string | null>('nullif', ['group_id', eb.val(subjectId)]),
      }))
      .where((eb) => eb.or([eb('owner_id', '=', subjectId), eb('group_id', '=', subjectId)]))
      .execute();
  }
}
