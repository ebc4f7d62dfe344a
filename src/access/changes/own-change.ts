import type { GrantRow, SubjectRow } from '../../database/schema.js';
import { formatPath } from '../../policy/paths.js';
import type { Member } from '../memberships/memberships.store.js';
import type { PlannedChange } from '../plan/planned-change.js';

/** What a person gave one subject and, for a group, its members. */
export interface OwnGrants {
  row: SubjectRow;
  grants: readonly GrantRow[];
  members: readonly Member[];
}

/**
 * A change as shown to the person who would make it: the grants that it would add, remove or change, and the members of a group. It
 * contains no other grants of the subject and no policy document.
 */
export function showOwnChange(before: OwnGrants, after: OwnGrants): PlannedChange[] {
  const { kind, name } = after.row;
  const target = `${kind} ${name}`;
  const grants = differences(before.grants, after.grants, keyOfGrant, shownGrant);
  const members = differences(
    before.members,
    after.members,
    ({ user_id }) => user_id,
    ({ user_name, role }) => ({ user_name, role }),
  );
  return [
    ...grants.map((each) => ({ change: GRANT_CHANGES[kindOf(each)], target, ...each })),
    ...members.map((each) => ({ change: MEMBER_CHANGES[kindOf(each)], target, ...each })),
  ];
}

type Json = Record<string, unknown>;
interface Difference {
  before: Json | null;
  after: Json | null;
}

const GRANT_CHANGES = { added: 'add_grant', removed: 'remove_grant', changed: 'change_grant' } as const;
const MEMBER_CHANGES = { added: 'add_member', removed: 'remove_member', changed: 'change_role' } as const;

function kindOf({ before, after }: Difference): 'added' | 'removed' | 'changed' {
  return before === null ? 'added' : after === null ? 'removed' : 'changed';
}

/** Removals come first, as in MinIO. */
function differences<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
  show: (item: T) => Json,
): Difference[] {
  const old = new Map(before.map((item) => [keyOf(item), show(item)]));
  const now = new Map(after.map((item) => [keyOf(item), show(item)]));
  const gone = [...old].filter(([key]) => !now.has(key));
  const rest = [...now].filter(([key, shown]) => JSON.stringify(old.get(key)) !== JSON.stringify(shown));
  return [
    ...gone.map(([, shown]) => ({ before: shown, after: null })),
    ...rest.map(([key, shown]) => ({ before: old.get(key) ?? null, after: shown })),
  ];
}

function keyOfGrant(grant: GrantRow): string {
  return `${grant.origin} ${grant.owner_id ?? ''} ${formatPath(grant)}`;
}

function shownGrant(grant: GrantRow): Json {
  const { permission, origin, reason, granted_by, expires_at } = grant;
  return {
    path: formatPath(grant),
    permission,
    origin,
    granted_by,
    reason,
    expires_at: expires_at?.toISOString() ?? null,
  };
}
