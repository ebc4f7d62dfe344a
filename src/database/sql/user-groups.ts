import { sql } from 'kysely';
import type { GroupRole } from '../schema.js';

/** A group that a user is in. */
export interface Membership {
  group_id: string;
  group_name: string;
  role: GroupRole;
  managed: boolean;
  by_hand: GroupRole | null;
  by_role: GroupRole | null;
  by_login: GroupRole | null;
}

/** A column of a query of `subject`: the groups of the user, by name. */
export const USER_GROUPS = sql<Membership[]>`(
  select coalesce(json_agg(json_build_object('group_id', g.id, 'group_name', g.name, 'role', m.role, 'managed', m.managed,
    'by_hand', m.by_hand, 'by_role', m.by_role, 'by_login', m.by_login) order by g.name collate "C"), '[]')
  from membership m join subject g on g.id = m.group_id where m.user_id = subject.id
)`.as('groups');
