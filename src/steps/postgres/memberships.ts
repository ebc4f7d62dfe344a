import type { MissingThings } from '../../common/problems/missing-things.js';
import { brokenRule } from '../../common/problems/problem.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import type { Postgres } from '../../targets/postgres/postgres.js';
import { addMember, readRole, type RoleState } from '../../targets/postgres/roles.js';
import type { PostgresSession } from '../../targets/postgres/session.js';
import { noThing } from './shared.js';

/** A role, and those whose rights it should have. */
interface Member {
  role: string;
  member_of: string[];
}

/** Of the roles that are wanted, those of which it is no member. */
export function missingRoles({ member_of }: Member, { memberOf }: RoleState): string[] {
  return member_of.filter((each) => !memberOf.includes(each));
}

/** The roles of which it cannot be a member because they are not there. Another problem is thrown. */
export async function noRoles(
  session: PostgresSession,
  server: Postgres,
  input: Member,
  role: RoleState | undefined,
): Promise<MissingThings[]> {
  const problems: MissingThings[] = [];
  for (const group of role ? missingRoles(input, role) : input.member_of) {
    const found = await readRole(session, group);
    if (found?.superuser) throw brokenRule('member_of', `${group} is a superuser`);
    if (!found) problems.push(noThing(server, 'member_of', 'role', group));
  }
  return problems;
}

/** Makes the role a member where it is none. */
export async function becomeMember(
  session: PostgresSession,
  server: Postgres,
  input: Member,
  role: RoleState,
): Promise<Operation[]> {
  const [problem] = await noRoles(session, server, input, role);
  if (problem) throw problem;
  const operations: Operation[] = [];
  for (const group of missingRoles(input, role)) {
    await addMember(session, group, input.role);
    operations.push({ entitlement: { type: 'role_membership', id: group }, action: 'grant', status: 'done' });
  }
  return operations;
}
