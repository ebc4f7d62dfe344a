import type { ColumnType, Generated } from 'kysely';
import type { LoginGroup } from '../../common/caller.js';
import type { Stamp } from './product-tables.js';

export type GroupRole = 'member' | 'reader' | 'owner';

/** Who is in a group. Only live users are: a removal ends all memberships. */
export interface MembershipTable {
  group_id: string;
  user_id: string;
  /** The role that counts: the one given by hand, otherwise the highest of the others. */
  role: GroupRole;
  /** No person gave it, but a role of the provisioning. Versions before `by_hand` read it. */
  managed: Generated<boolean>;
  /** The role that a person gave, that roles of the provisioning give, that the login gives. All null: a version before these wrote it. */
  by_hand: GroupRole | null;
  by_role: GroupRole | null;
  by_login: GroupRole | null;
  /** Since when the user has the role, and who gave it. Null: not known; `added_by` also if no person did. */
  since: Stamp | null;
  added_by: string | null;
  created_at: Stamp;
}

/** What a person's logins say about groups (GROUPS_FROM). */
export interface LoginGroupsTable {
  user_id: string;
  /** What the latest login says: `[{group, role}]`. */
  named: ColumnType<LoginGroup[], string, string>;
  /** What logins gave, also if people have taken it away since: `[{group, group_id, role}]`. */
  given: ColumnType<GivenGroup[], string, string>;
  /** When the source said so. */
  as_of: Stamp;
  /** Why the end of all memberships given by logins waits; null if it does not. */
  waits: 'second_answer' | 'brake' | null;
  waits_since: Stamp | null;
  /** A digest of the token whose answer named no groups first. */
  empty_by: string | null;
  /** When the person lost all memberships given by logins. */
  emptied_at: Stamp | null;
}

/** A membership that a login gave. */
export interface GivenGroup extends LoginGroup {
  group_id: string;
}
