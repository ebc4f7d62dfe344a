import { joinRole } from './databases.js';
import { createRole, dropRole, readRole, type RoleState } from './roles.js';
import type { PostgresSession } from './session.js';

/** A schema with a role that owns it and a role whose members read it. */
export interface OwnedSchema {
  schema: string;
  owner: string;
  reader: string;
  /** The comment of what was made for it; a role that logs in adds which password it has. */
  mark: string;
}

/** Its members may connect to the databases in which schemas are kept. */
const CONNECT = 'minio_manager_products';

/** Whether something with this comment was made with this mark. */
export function hasMark(comment: string | null | undefined, mark: string): boolean {
  return comment === mark || comment?.startsWith(`${mark}; `) === true;
}

/** Why a role of this name must be left alone; undefined: there is none, or it has the mark. */
export function strangeRole(name: string, found: RoleState | undefined, mark: string): string | undefined {
  if (!found || (hasMark(found.comment, mark) && !found.superuser)) return undefined;
  return `the PostgreSQL role ${name} was not made by this service for it, and is left alone`;
}

/** Creates the role with this mark unless it exists. Returns why the role of this name must be left alone. */
export function ensureRole(
  session: PostgresSession,
  name: string,
  mark: string,
): Promise<string | undefined> {
  return session.transaction(async () => {
    await session.lock(`role ${name}`, 'transaction');
    const found = await readRole(session, name);
    if (!found) await createRole(session, name, mark);
    return strangeRole(name, found, mark);
  });
}

/**
 * Makes what is missing: both roles, the schema, and the right of the readers to read each table that the owner has there or will make. Returns
 * why something of these names must be left alone; then nothing is changed.
 */
export async function ensureSchema(
  session: PostgresSession,
  wanted: OwnedSchema,
): Promise<string | undefined> {
  const { schema, owner, reader, mark } = wanted;
  const strange = await strangeIn(session, wanted);
  if (strange !== undefined) return strange;
  for (const role of [owner, reader]) {
    const problem = await ensureRole(session, role, mark);
    if (problem !== undefined) return problem;
  }
  await joinRole(session, owner);
  return session.transaction(async () => {
    await session.lock(`schema ${schema}`, 'transaction');
    if ((await ownerOf(session, schema)) === undefined) {
      await session.run('create schema %I authorization %I', schema, owner);
      await session.run('comment on schema %I is %L', schema, mark);
    }
    const problem = await strangeIn(session, wanted);
    if (problem === undefined) await grantMissing(session, wanted);
    return problem;
  });
}

/** Why something of these names must be left alone: a role without the mark, a schema that the owner's role does not own. */
async function strangeIn(
  session: PostgresSession,
  { schema, owner, reader, mark }: OwnedSchema,
): Promise<string | undefined> {
  for (const role of [owner, reader]) {
    const problem = strangeRole(role, await readRole(session, role), mark);
    if (problem !== undefined) return problem;
  }
  const belongsTo = await ownerOf(session, schema);
  if (belongsTo === undefined || belongsTo === owner) return undefined;
  return `the PostgreSQL schema ${schema} was not made by this service for it, and is left alone`;
}

/** Who owns the schema; undefined: there is none. */
async function ownerOf(session: PostgresSession, schema: string): Promise<string | undefined> {
  const [row] = await session.query<{ owner: string }>(
    'select pg_get_userbyid(nspowner)::text as owner from pg_namespace where nspname = $1',
    [schema],
  );
  return row?.owner;
}

async function grantMissing(session: PostgresSession, { schema, owner, reader }: OwnedSchema): Promise<void> {
  const [row] = await session.query<{ usage: boolean; future: boolean; tables: string[] }>(HELD, [
    schema,
    reader,
  ]);
  if (!row?.usage) await session.run('grant usage on schema %I to %I', schema, reader);
  if (!row?.future)
    await session.run(
      'alter default privileges for role %I in schema %I grant select on tables to %I',
      ...[owner, schema, reader],
    );
  for (const table of row?.tables ?? [])
    await session.run('grant select on %I.%I to %I', schema, table, reader);
}

/** What the readers hold, and the tables of the owner that they cannot read. Only what they were granted themselves counts. */
const HELD = `
  with space as (select oid, nspowner, nspacl from pg_namespace where nspname = $1),
  reader as (select oid from pg_roles where rolname = $2)
  select
    exists (select from space, aclexplode(nspacl) each
      where each.grantee = (select oid from reader) and each.privilege_type = 'USAGE') as usage,
    exists (select from space, pg_default_acl made, aclexplode(made.defaclacl) each
      where made.defaclrole = nspowner and made.defaclnamespace = space.oid and made.defaclobjtype = 'r'
        and each.grantee = (select oid from reader) and each.privilege_type = 'SELECT') as future,
    array(select relname::text from space, pg_class where relnamespace = space.oid and relowner = nspowner
      and relkind in ('r', 'p', 'v', 'm', 'f') and not exists (select from aclexplode(relacl) each
        where each.grantee = (select oid from reader) and each.privilege_type = 'SELECT')) as tables`;

/** Lets a role that may not connect to the database of this session do so, by a role that all of them are members of. */
export async function allowConnect(session: PostgresSession, role: string, mark: string): Promise<void> {
  const [row] = await session.query<{ base: string; has: boolean }>(
    `select current_database()::text as base, has_database_privilege($1, current_database(), 'CONNECT') as has`,
    [role],
  );
  if (!row || row.has) return;
  await ensureRole(session, CONNECT, mark);
  await session.transaction(async () => {
    // two grants on one database at once fail
    await session.lock(`role ${CONNECT}`, 'transaction');
    await session.run('grant connect on database %I to %I', row.base, CONNECT);
  });
  await session.run('grant %I to %I', CONNECT, role);
}

/** Drops the schema with what is in it, then its roles. Returns why a role stays; undefined: all is gone. */
export async function dropSchema(
  session: PostgresSession,
  { schema, owner, reader, mark }: OwnedSchema,
): Promise<string | undefined> {
  const found = await readRole(session, owner);
  if (found && strangeRole(owner, found, mark) === undefined && (await ownerOf(session, schema)) === owner) {
    await joinRole(session, owner);
    await session.run('drop schema if exists %I cascade', schema);
  }
  const stays: string[] = [];
  for (const role of [reader, owner]) {
    const why = await dropMarked(session, role, mark);
    if (why !== undefined) stays.push(why);
  }
  return stays.length === 0 ? undefined : stays.join('; ');
}

/** Drops a role with this mark. Returns why it stays. */
export async function dropMarked(
  session: PostgresSession,
  role: string,
  mark: string,
): Promise<string | undefined> {
  const found = await readRole(session, role);
  if (!found || strangeRole(role, found, mark) !== undefined) return undefined;
  const why = await dropRole(session, role, found.oid);
  return why === undefined ? undefined : `the PostgreSQL role ${role} stays: ${why}`;
}
