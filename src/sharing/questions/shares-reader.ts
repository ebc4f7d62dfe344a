import { Injectable } from '@nestjs/common';
import { type GrantPage, Grants, type NamedGrant } from '../../access/grants/grants.js';
import { type Waiting, WaitingShares } from '../../access/grants/waiting-shares.js';
import { Memberships } from '../../access/memberships/memberships.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { decodeCursor, ID_CURSOR, pageOf } from '../../common/paging/paging.js';
import type { SubjectRow } from '../../database/schema.js';
import { EVERYONE } from '../../policy/names.js';
import { formatPath } from '../../policy/paths.js';
import type { ShareDto, SharePageDto, SharesQuery } from './shares.dto.js';

/** Lists what a user shared and what was shared with the user. */
@Injectable()
export class SharesReader {
  constructor(
    private readonly subjects: Subjects,
    private readonly grants: Grants,
    private readonly waiting: WaitingShares,
    private readonly memberships: Memberships,
  ) {}

  /** A page, in an arbitrary but stable order. 404 for a user who was never created. */
  async list(userName: string, { direction, limit, cursor }: SharesQuery): Promise<SharePageDto> {
    const user = await this.subjects.requireUser(userName);
    const after = decodeCursor(cursor, ID_CURSOR);
    const page = { limit: limit + 1, after };
    const shares =
      direction === 'given'
        ? await this.given(user, page)
        : (await this.grants.received(await this.granteesOf(user.id), page)).map(activeShare);
    return pageOf(
      shares,
      limit,
      ({ id }) => id,
      ({ share }) => share,
    );
  }

  /** Active shares and those that wait, in one order. */
  private async given(user: SubjectRow, page: GrantPage): Promise<Listed[]> {
    const [active, waiting] = await Promise.all([
      this.grants.given(user, page),
      this.waiting.given(user, page),
    ]);
    const all = [...active.map(activeShare), ...waiting.map(waitingShare)];
    return all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, page.limit);
  }

  private async granteesOf(userId: string): Promise<string[]> {
    const groups = await this.memberships.groupsOf(userId);
    const everyone = await this.subjects.find({ kind: 'group', name: EVERYONE });
    return [userId, ...groups.map(({ group_id }) => group_id), ...(everyone ? [everyone.id] : [])];
  }
}

/** A share in the list, which is in the order of ids. */
interface Listed {
  id: string;
  share: ShareDto;
}

function activeShare(grant: NamedGrant): Listed {
  const grantee = { kind: grant.grantee_kind, name: grant.grantee_name };
  return { id: grant.id, share: { ...shareOf(grant), grantee, origin: grant.origin, state: 'active' } };
}

function waitingShare(row: Waiting): Listed {
  const grantee = { kind: 'user', name: row.grantee_name } as const;
  const waits_until = row.waits_until.toISOString();
  return { id: row.id, share: { ...shareOf(row), grantee, origin: 'share', state: 'waiting', waits_until } };
}

function shareOf(row: NamedGrant | Waiting): Omit<ShareDto, 'grantee' | 'origin' | 'state'> {
  return {
    path: formatPath(row),
    permission: row.permission,
    granted_by: row.granted_by,
    reason: row.reason,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}
