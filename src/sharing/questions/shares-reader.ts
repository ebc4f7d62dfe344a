import { Injectable } from '@nestjs/common';
import { Grants } from '../../access/grants/grants.js';
import { Memberships } from '../../access/memberships/memberships.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { decodeCursor, ID_CURSOR, pageOf } from '../../common/paging/paging.js';
import { Problem } from '../../common/problems/problem.js';
import { EVERYONE } from '../../policy/names.js';
import { formatPath } from '../../policy/paths.js';
import type { SharePageDto, SharesQuery } from './shares.dto.js';

/** Lists what a user shared and what was shared with the user. */
@Injectable()
export class SharesReader {
  constructor(
    private readonly subjects: Subjects,
    private readonly grants: Grants,
    private readonly memberships: Memberships,
  ) {}

  /** A page, in an arbitrary but stable order. 404 for a user who was never created. */
  async list(userName: string, { direction, limit, cursor }: SharesQuery): Promise<SharePageDto> {
    const user = await this.subjects.find({ kind: 'user', name: userName });
    if (!user) throw new Problem('not_found', 'There is no such user');
    const after = decodeCursor(cursor, ID_CURSOR);
    const page = { limit: limit + 1, after };
    const rows =
      direction === 'given'
        ? await this.grants.given(user, page)
        : await this.grants.received(await this.granteesOf(user.id), page);
    return pageOf(
      rows,
      limit,
      ({ id }) => id,
      (grant) => ({
        path: formatPath(grant),
        permission: grant.permission,
        grantee: { kind: grant.grantee_kind, name: grant.grantee_name },
        granted_by: grant.granted_by,
        origin: grant.origin,
        reason: grant.reason,
        created_at: grant.created_at.toISOString(),
        expires_at: grant.expires_at?.toISOString() ?? null,
      }),
    );
  }

  private async granteesOf(userId: string): Promise<string[]> {
    const groups = await this.memberships.groupsOf(userId);
    const everyone = await this.subjects.find({ kind: 'group', name: EVERYONE });
    return [userId, ...groups.map(({ group_id }) => group_id), ...(everyone ? [everyone.id] : [])];
  }
}
