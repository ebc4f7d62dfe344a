import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../common/secret.js';
import { unless } from './databases.js';
import type { PostgresSession } from './session.js';

const derive = promisify(pbkdf2);
/** PostgreSQL's own default. */
const ITERATIONS = 4096;

/** A role as it is. */
export interface RoleState {
  oid: string;
  login: boolean;
  superuser: boolean;
  comment: string | null;
  memberOf: string[];
}

/** The role; undefined: there is none. */
export async function readRole(session: PostgresSession, name: string): Promise<RoleState | undefined> {
  const [row] = await session.query<RoleState>(
    `select r.oid::text, rolcanlogin as login, rolsuper as superuser, shobj_description(r.oid, 'pg_authid') as comment,
       array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
             where m.member = r.oid order by 1) as "memberOf"
     from pg_roles r where rolname = $1`,
    [name],
  );
  return row;
}

/** Creates a role without a login; its comment says `mark`. */
export async function createRole(session: PostgresSession, name: string, mark: string): Promise<void> {
  await session.run('create role %I', name);
  await session.run('comment on role %I is %L', name, mark);
}

/** Lets the role log in with this password, which does not leave the process: the server gets its SCRAM verifier. */
export async function setPassword(session: PostgresSession, name: string, password: Secret): Promise<void> {
  await session.run('alter role %I login password %L', name, await verifierOf(password.reveal()));
}

export async function addMember(session: PostgresSession, group: string, member: string): Promise<void> {
  await session.run('grant %I to %I', group, member);
}

export async function removeMember(session: PostgresSession, group: string, member: string): Promise<void> {
  await session.run('revoke %I from %I', group, member);
}

/** Drops a role that owns nothing and was granted nothing. Returns why it stays; undefined: it is gone. */
export async function dropRole(
  session: PostgresSession,
  name: string,
  oid: string,
): Promise<string | undefined> {
  const found = await readRole(session, name);
  if (!found) return undefined;
  if (found.oid !== oid) return 'it is another one of this name';
  return unless(session.run('drop role %I', name), { '2BP01': HAS_SOMETHING });
}

/** Why a role is not dropped. */
export const HAS_SOMETHING = 'it owns something, or has rights somewhere';

/** The databases in which the role owns something or has rights, or which it owns; null: what is in none. */
export async function placesOf(session: PostgresSession, oid: string): Promise<(string | null)[]> {
  const rows = await session.query<{ name: string | null }>(
    `select distinct coalesce(place.datname, owned.datname)::text as name from pg_shdepend each
     left join pg_database place on place.oid = each.dbid
     left join pg_database owned on each.classid = 'pg_database'::regclass and owned.oid = each.objid
     where each.refclassid = 'pg_authid'::regclass and each.refobjid = $1::oid`,
    [oid],
  );
  return rows.map(({ name }) => name);
}

/** RFC 5803, as PostgreSQL stores it. The passwords of this service are ASCII, so SASLprep changes nothing. */
async function verifierOf(password: string): Promise<string> {
  const salt = randomBytes(16);
  const salted = await derive(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const server = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
