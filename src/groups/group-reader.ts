import { Injectable } from '@nestjs/common';
import { Grants, type MemberPlace } from '../access/grants/grants.js';
import { holdsIn } from '../access/memberships/holds.js';
import { type Member, Memberships } from '../access/memberships/memberships.js';
import type { GrantRow } from '../database/schema.js';
import { DesiredState } from '../access/desired/desired-state.js';
import { Subjects } from '../access/subjects/subjects.js';
import { isInSync } from '../access/subjects/subject-state.js';
import type { RequestContext } from '../auth/authenticated.js';
import { noSuch } from '../common/problems/problem.js';
import { EVERYONE } from '../policy/names.js';
import { formatPath } from '../policy/paths.js';
import type { GroupDto, GroupGrantDto, MemberDto } from './group.dto.js';
import { roleIn, tagOf } from './group-rights.js';

/** One group, as its members see it. */
@Injectable()
export class GroupReader {
  constructor(
    private readonly subjects: Subjects,
    private readonly memberships: Memberships,
    private readonly grants: Grants,
    private readonly desired: DesiredState,
  ) {}

  /** The group and its tag. 404 if it does not exist, or if the caller is neither in it nor an administrator. */
  async read(name: string, context: RequestContext): Promise<{ group: GroupDto; tag: string }> {
    const isOpen = context.caller.admin || name === EVERYONE;
    return this.show(name, (members) => isOpen || roleIn(members, context.name) !== undefined);
  }

  /** The group for a caller who has just changed it, even if the change removed the caller's own rights. */
  readChanged(name: string): Promise<{ group: GroupDto; tag: string }> {
    return this.show(name, () => true);
  }

  private async show(
    name: string,
    mayRead: (members: readonly Member[]) => boolean,
  ): Promise<{ group: GroupDto; tag: string }> {
    const row = await this.subjects.find({ kind: 'group', name });
    if (!row || row.name !== name || row.status === 'removing') throw noSuch('group');
    const members = await this.memberships.of(row.id);
    if (!mayRead(members)) throw noSuch('group');
    const [grants, places, desired] = await Promise.all([
      this.grants.namedOf(row),
      this.grants.placesOf(row),
      this.desired.of(row),
    ]);
    const documents =
      desired.kind === 'group' ? [...desired.main.documents, ...(desired.readers?.documents ?? [])] : [];
    const group: GroupDto = {
      group_name: row.name,
      description: row.description,
      display_name: row.display_name,
      website: row.website,
      organization: row.organization,
      joinable: row.joinable,
      members: members.map(shownMember),
      grants: [...grants.map(shownGrant), ...places.map(shownPlace)],
      policies: documents.map(([policy_name, { document }]) => ({ policy_name, document: { ...document } })),
      enforced: isInSync(row),
      ...(row.written_at ? { enforced_at: row.written_at.toISOString() } : {}),
    };
    return { group, tag: tagOf(row) };
  }
}

function shownGrant(grant: GrantRow & { owner_name: string | null }): GroupGrantDto {
  return {
    path: formatPath(grant),
    permission: grant.permission,
    origin: grant.origin,
    granted_by: grant.granted_by,
    owner: grant.owner_name,
    reason: grant.reason,
    created_at: grant.created_at.toISOString(),
    expires_at: grant.expires_at?.toISOString() ?? null,
  };
}

/** A path that each member has with the member's own name. */
function shownPlace(place: MemberPlace): GroupGrantDto {
  return {
    path: formatPath(place),
    permission: place.permission,
    origin: 'group',
    granted_by: place.granted_by,
    owner: null,
    reason: null,
    created_at: place.created_at.toISOString(),
    expires_at: null,
  };
}

function shownMember(member: Member): MemberDto {
  const { user_name, role } = member;
  const holds = holdsIn(member);
  const givers = (['role', 'login'] as const).filter((origin) => holds[origin]);
  const { since, added_by } = member;
  return {
    user_name,
    role,
    ...(holds.hand ? {} : { given_by: givers }),
    since: since?.toISOString() ?? null,
    added_by,
  };
}
