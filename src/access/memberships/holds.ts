import type { GroupRole } from '../../database/schema.js';

/** Who gives a membership: a person, roles of the provisioning, the person's login. */
type MembershipOrigin = 'hand' | 'role' | 'login';

/** The role that each origin gives. The membership ends when the last of them ends. */
export type Holds = Partial<Record<MembershipOrigin, GroupRole>>;

/** The columns of a membership that say who gives it. */
export interface HoldColumns {
  role: GroupRole;
  managed: boolean;
  by_hand: GroupRole | null;
  by_role: GroupRole | null;
  by_login: GroupRole | null;
}

const RANK: Record<GroupRole, number> = { reader: 1, member: 2, owner: 3 };

/** The role that counts: what a person gave, otherwise the highest. Undefined: nobody gives the membership. */
export function roleOf({ hand, role, login }: Holds): GroupRole | undefined {
  if (hand || !role || !login) return hand ?? role ?? login;
  return RANK[role] >= RANK[login] ? role : login;
}

/** Without any of the new columns, an older version wrote the row. */
export function holdsIn({ role, managed, by_hand, by_role, by_login }: HoldColumns): Holds {
  if (!by_hand && !by_role && !by_login) return managed ? { role } : { hand: role };
  return {
    ...(by_hand ? { hand: by_hand } : {}),
    ...(by_role ? { role: by_role } : {}),
    ...(by_login ? { login: by_login } : {}),
  };
}

/** The columns of a membership that these give. */
export function columnsOf(holds: Holds): HoldColumns {
  const role = roleOf(holds);
  if (!role) throw new Error('a membership that nobody gives');
  const { hand = null, role: byRole = null, login = null } = holds;
  return { role, managed: !hand && byRole !== null, by_hand: hand, by_role: byRole, by_login: login };
}
