import type { GroupProfile } from '../access/subjects/subjects.js';
import { readExpiry } from '../common/expiry.js';
import { brokenRule } from '../common/problems/problem.js';
import type { GroupRole } from '../database/schema.js';
import { type Grantable, isGrantable } from '../policy/grants/grantable.js';
import { type HomeRoots, isForEachUser, type LakePath, namesUser, parseGrantPath } from '../policy/paths.js';
import type { GroupGrantRequestDto, GroupRequestDto } from './group.dto.js';

/** Where administrators give paths. */
export interface GrantableLake extends HomeRoots, Grantable {}

/** Why a path with `{user}` is refused. */
const IN_ANOTHER_HOME = 'with {user} must lie in no home except that of {user}';

/** A path that a group should reach. */
export interface GroupGrantSpec {
  path: LakePath;
  permission: 'read' | 'write';
  expiresAt: Date | null;
}

/** The requested change of a group; undefined fields stay. */
export interface GroupSpec {
  profile: Partial<GroupProfile>;
  /** Names by role. A role that is present replaces all members with that role. */
  roles: Partial<Record<GroupRole, string[]>>;
  grants?: GroupGrantSpec[];
}

/** Parses a group; 422 with the rule that a field breaks. */
export function readGroup(body: GroupRequestDto, lake: GrantableLake): GroupSpec {
  const roles = {
    ...(body.members ? { member: body.members } : {}),
    ...(body.readers ? { reader: body.readers } : {}),
    ...(body.owners ? { owner: body.owners } : {}),
  };
  const seen = new Set<string>();
  for (const [field, names] of [
    ['members', body.members],
    ['readers', body.readers],
    ['owners', body.owners],
  ] as const) {
    for (const name of new Set(names)) {
      if (seen.has(name)) throw brokenRule(field, 'a user has one role in a group');
      seen.add(name);
    }
  }
  const grants = body.grants?.map((grant, index) => readGrant(grant, `grants.${index}`, lake));
  return {
    roles,
    profile: readProfile(body),
    ...(grants ? { grants } : {}),
  };
}

/** An empty name, website or organization is none. */
function readProfile({
  description,
  display_name,
  website,
  organization,
  joinable,
}: GroupRequestDto): Partial<GroupProfile> {
  return {
    ...(description === undefined ? {} : { description }),
    ...(display_name === undefined ? {} : { display_name: display_name.trim() || null }),
    ...(website === undefined ? {} : { website: website || null }),
    ...(organization === undefined ? {} : { organization: organization.trim() || null }),
    ...(joinable === undefined ? {} : { joinable }),
  };
}

function readGrant(grant: GroupGrantRequestDto, field: string, lake: GrantableLake): GroupGrantSpec {
  const parsed = parseGrantPath(grant.path);
  if (!parsed.ok) throw brokenRule(`${field}.path`, parsed.rule);
  if (!isGrantable(parsed.path.bucket, lake))
    throw brokenRule(
      `${field}.path`,
      'must lie in a bucket of GRANTABLE_BUCKETS, or in one that a provision has made',
    );
  if (namesUser(parsed.path.prefix)) {
    if (!isForEachUser(parsed.path, lake)) throw brokenRule(`${field}.path`, IN_ANOTHER_HOME);
    if (grant.expires_at !== undefined)
      throw brokenRule(`${field}.expires_at`, 'is not possible for a path with {user}');
  }
  return {
    path: parsed.path,
    permission: grant.permission,
    expiresAt: readExpiry(grant.expires_at, `${field}.expires_at`),
  };
}
