import { joinRole } from './databases.js';
import type { PostgresSession } from './session.js';

/** What a role may do in a schema. */
export type Access = 'read' | 'write' | 'create';

/** Privileges on one thing, or on the tables or sequences that one role will make. */
export interface Grant {
  on: 'database' | 'schema' | 'table' | 'sequence' | 'tables to come' | 'sequences to come';
  /** Its name; of things to come, the role that will make them. */
  name: string;
  /** Who owns it, and can grant it. */
  owner: string;
  privileges: string[];
}

const READ = { database: ['CONNECT'], schema: ['USAGE'], table: ['SELECT'], sequence: ['SELECT'] };
const WRITE = {
  ...READ,
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  sequence: ['SELECT', 'USAGE'],
};
const PRIVILEGES: Record<Access, Record<string, string[]>> = {
  read: READ,
  write: WRITE,
  create: { ...WRITE, schema: ['USAGE', 'CREATE'] },
};
/** How statements call what a grant is on; `%1$I` is the schema, `%2$I` the name. */
const FORMS: Record<Grant['on'], string> = {
  database: 'on database %2$I',
  schema: 'on schema %2$I',
  table: 'on table %1$I.%2$I',
  sequence: 'on sequence %1$I.%2$I',
  'tables to come': 'on tables',
  'sequences to come': 'on sequences',
};

interface Held {
  on: Grant['on'];
  name: string;
  owner: string;
  held: string[];
}

/** The grants that the role lacks in a schema of the database of this session; undefined: there is no such schema. */
export async function missingGrants(
  session: PostgresSession,
  role: string,
  schema: string,
  access: Access,
): Promise<Grant[] | undefined> {
  const things = await heldIn(session, role, schema);
  if (!things.some(({ on }) => on === 'schema')) return undefined;
  return things.flatMap(({ on, name, owner, held }) => {
    const wanted = PRIVILEGES[access][on.replace('s to come', '')] ?? [];
    const privileges = owner === role ? [] : wanted.filter((each) => !held.includes(each));
    return privileges.length > 0 ? [{ on, name, owner, privileges }] : [];
  });
}

/** Of these grants, what the role still has. */
export async function stillHeld(
  session: PostgresSession,
  role: string,
  schema: string,
  grants: readonly Grant[],
): Promise<Grant[]> {
  const things = await heldIn(session, role, schema);
  return things.flatMap(({ on, name, owner, held }) => {
    const granted = grants.find((each) => each.on === on && each.name === name)?.privileges ?? [];
    const privileges = granted.filter((each) => held.includes(each));
    return privileges.length > 0 ? [{ on, name, owner, privileges }] : [];
  });
}

function heldIn(session: PostgresSession, role: string, schema: string): Promise<Held[]> {
  return session.query<Held>(HELD, [role, schema]);
}

/** Makes the grants, or takes them away, with the rights of who owns the things. */
export async function changeGrants(
  session: PostgresSession,
  change: 'grant' | 'revoke',
  role: string,
  schema: string,
  grants: readonly Grant[],
): Promise<void> {
  for (const { on, name, owner, privileges } of grants) {
    await joinRole(session, owner);
    const direction = change === 'grant' ? 'to' : 'from';
    const what = `${change} ${privileges.join(', ')} ${FORMS[on]} ${direction} %3$I`;
    const before = on.endsWith('to come') ? 'alter default privileges for role %2$I in schema %1$I ' : '';
    await session.run(before + what, schema, name, role);
  }
}

/** Each thing with the privileges that the role was granted itself. What everybody has, or another role, may end any time. */
const HELD = `
  with grantee as (select oid from pg_roles where rolname = $1),
  space as (select oid, nspname, nspowner, nspacl from pg_namespace where nspname = $2),
  base as (select oid, datname, datdba, datacl from pg_database where datname = current_database()),
  things (rank, "on", name, owner, acl) as (
    select 1, 'database', datname, datdba, datacl from base
    union all select 2, 'schema', nspname, nspowner, nspacl from space
    union all select 3, case relkind when 'S' then 'sequence' else 'table' end, relname, relowner, relacl
      from pg_class where relnamespace in (select oid from space) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all select 4, kind, pg_get_userbyid(datdba), datdba,
      (select defaclacl from pg_default_acl where defaclrole = datdba and defaclnamespace in (select oid from space)
        and defaclobjtype = letter)
      from base, (values ('tables to come', 'r'::"char"), ('sequences to come', 'S'::"char")) as future (kind, letter)
  )
  select "on", name::text, pg_get_userbyid(owner)::text as owner,
    coalesce((select array_agg(privilege_type) from aclexplode(acl) where grantee = (select oid from grantee)), '{}') as held
  from things order by rank, "on", name`;
