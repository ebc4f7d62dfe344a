import type { Secret } from '../../common/secret.js';
import { joinRole } from './databases.js';
import { strangeRole } from './owned-schemas.js';
import { addMember, readRole, removeMember, setPassword } from './roles.js';
import type { PostgresSession } from './session.js';

/** A password, and a text that tells it from others and may be seen. */
export interface KnownPassword {
  password: Secret;
  version: string;
}

/**
 * Lets the role log in with this password, unless its comment says that it has it. Whoever is connected with another one is disconnected; only
 * then does the comment say which password it is, so that an interrupted call is repeated. Callers keep others from the role meanwhile. Returns why
 * the role is left alone.
 */
export async function ensureLogin(
  session: PostgresSession,
  role: string,
  mark: string,
  { password, version }: KnownPassword,
): Promise<string | undefined> {
  const comment = `${mark}; password ${version}`;
  const found = await readRole(session, role);
  const strange = found ? strangeRole(role, found, mark) : `there is no PostgreSQL role ${role}`;
  if (strange !== undefined || (found?.login && found.comment === comment)) return strange;
  await session.transaction(async () => {
    await setPassword(session, role, password);
    await session.run('comment on role %I is %L', role, mark);
  });
  await disconnect(session, role);
  await session.run('comment on role %I is %L', role, comment);
  return undefined;
}

/** Ends the login of a role with this mark, and its connections. */
export async function endLogin(session: PostgresSession, role: string, mark: string): Promise<void> {
  const found = await readRole(session, role);
  if (!found || strangeRole(role, found, mark) !== undefined) return;
  if (found.login) await session.run('alter role %I nologin', role);
  await disconnect(session, role);
}

/** A role, and its comment. */
export interface NamedRole {
  name: string;
  comment: string | null;
}

/** The roles that the role is a member of, or, the other way, its members. */
export function membershipsOf(
  session: PostgresSession,
  role: string,
  which: 'groups' | 'members',
): Promise<NamedRole[]> {
  const [own, other] = which === 'groups' ? ['member', 'roleid'] : ['roleid', 'member'];
  return session.query<NamedRole>(
    `select distinct other.rolname::text as name, shobj_description(other.oid, 'pg_authid') as comment
     from pg_auth_members m join pg_roles own on own.oid = m.${own} join pg_roles other on other.oid = m.${other}
     where own.rolname = $1 order by 1`,
    [role],
  );
}

/** Makes the role a member of exactly these groups, among those that `isOurs` accepts. False: it was. */
export async function followGroups(
  session: PostgresSession,
  role: string,
  wanted: readonly string[],
  isOurs: (group: NamedRole) => boolean,
): Promise<boolean> {
  const held = await membershipsOf(session, role, 'groups');
  const over = held.filter((group) => isOurs(group) && !wanted.includes(group.name));
  await leave(
    session,
    role,
    over.map(({ name }) => name),
  );
  const missing = wanted.filter((group) => !held.some(({ name }) => name === group));
  for (const group of missing) await addMember(session, group, role);
  return over.length + missing.length > 0;
}

/** Ends these memberships, and the connections of the role: one that has become the group by SET ROLE would remain it. */
export async function leave(
  session: PostgresSession,
  role: string,
  groups: readonly string[],
): Promise<void> {
  for (const group of groups) await removeMember(session, group, role);
  if (groups.length > 0) await disconnect(session, role);
}

/** Ends the connections of a role. */
async function disconnect(session: PostgresSession, role: string): Promise<void> {
  const [row] = await session.query<{ is: boolean }>(
    'select exists (select from pg_stat_activity where usename = $1) as is',
    [role],
  );
  if (!row?.is) return;
  await joinRole(session, role);
  await session.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
}
