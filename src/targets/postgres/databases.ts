import { isCode } from './failures.js';
import type { Postgres } from './postgres.js';
import type { PostgresSession } from './session.js';

/** A database as it is. */
export interface DatabaseState {
  oid: string;
  owner: string;
  /** What its comment says. */
  comment: string | null;
  extensions: string[];
}

/** The database; undefined: there is none. */
export async function readDatabase(server: Postgres, name: string): Promise<DatabaseState | undefined> {
  const found = await server.in(undefined, (session) => find(session, name));
  if (!found) return undefined;
  const extensions = await server.in(name, (session) =>
    session.query<{ extname: string }>('select extname from pg_extension'),
  );
  return { ...found, extensions: extensions.map(({ extname }) => extname) };
}

function find(
  session: PostgresSession,
  name: string,
): Promise<Omit<DatabaseState, 'extensions'> | undefined> {
  return session
    .query<Omit<DatabaseState, 'extensions'>>(
      `select oid::text, pg_get_userbyid(datdba)::text as owner, shobj_description(oid, 'pg_database') as comment
       from pg_database where datname = $1`,
      [name],
    )
    .then(([row]) => row);
}

/**
 * Creates the database unless it exists; nobody but its owner may connect. It gets its name last, so that a database of this name is complete,
 * and its comment says `mark`.
 */
export function createDatabase(server: Postgres, name: string, mark: string, draft: string): Promise<void> {
  return server.in(undefined, async (session) => {
    await session.lock(`database ${name}`, 'session');
    if (await find(session, name)) return;
    if (!(await find(session, draft))) await session.run('create database %I', draft);
    await session.run('comment on database %I is %L', draft, mark);
    await session.run('revoke all on database %I from public', draft);
    await session.run('alter database %I rename to %I', draft, name);
  });
}

/** Makes a role the owner; the role of this service becomes a member of it. */
export function setOwner(server: Postgres, name: string, owner: string): Promise<void> {
  return server.in(undefined, async (session) => {
    await joinRole(session, owner);
    await session.run('alter database %I owner to %I', name, owner);
  });
}

/** Makes the role of this service a member, unless it has the rights already: it changes what the role owns. */
export async function joinRole(session: PostgresSession, role: string): Promise<void> {
  const [row] = await session.query<{ has: boolean }>(
    `select pg_has_role(current_user, $1, 'usage') as has`,
    [role],
  );
  if (!row?.has) await session.run('grant %I to current_user', role);
}

export function installExtension(server: Postgres, database: string, extension: string): Promise<void> {
  return server.in(database, (session) => session.run('create extension if not exists %I', extension));
}

/** Why one of these extensions cannot be installed beside those that are there; undefined: all can. */
export async function whyNotInstalled(
  server: Postgres,
  extensions: readonly string[],
  present: readonly string[],
): Promise<string | undefined> {
  if (extensions.length === 0) return undefined;
  const rows = await server.in(undefined, (session) =>
    session.query<{ name: string; requires: string[]; forbidden: boolean }>(AVAILABLE, [[...extensions]]),
  );
  const there = new Set([...present, ...extensions]);
  for (const each of extensions) {
    const found = rows.find(({ name }) => name === each);
    if (!found) return `the server has no extension ${each}`;
    const missing = found.requires.find((name) => !there.has(name));
    if (missing !== undefined) return `${each} needs ${missing}`;
    if (found.forbidden) return `${each} needs a superuser`;
  }
  return undefined;
}

const AVAILABLE = `
  select each.name::text, coalesce(version.requires::text[], '{}') as requires,
    version.superuser and not version.trusted
      and not (select rolsuper from pg_roles where rolname = current_user) as forbidden
  from pg_available_extensions each
  join pg_available_extension_versions version on version.name = each.name and version.version = each.default_version
  where each.name::text = any($1::text[])`;

/** Returns why it stays; undefined: it is gone. */
export function dropExtension(
  server: Postgres,
  database: string,
  extension: string,
): Promise<string | undefined> {
  return server.in(database, (session) =>
    unless(session.run('drop extension if exists %I', extension), {
      '2BP01': 'something needs it',
    }),
  );
}

/**
 * Drops the database if it is the same as then and nothing is in it but extensions. Returns why it stays; undefined: it is gone.
 */
export async function dropEmptyDatabase(
  server: Postgres,
  name: string,
  oid: string,
): Promise<string | undefined> {
  const found = await server.in(undefined, (session) => find(session, name));
  if (!found) return undefined;
  if (found.oid !== oid) return 'it is another one of this name';
  if (await isFilled(server, name)) return NOT_EMPTY;
  return server.in(undefined, async (session) => {
    await joinRole(session, found.owner);
    return unless(session.run('drop database if exists %I', name), {
      '55006': 'somebody is connected to it',
    });
  });
}

/** Why a database is not dropped. */
export const NOT_EMPTY = 'it is not empty';

/** Whether something is in the database that keeps it from being dropped. */
export function isFilled(server: Postgres, name: string): Promise<boolean> {
  return server.in(name, hasContent);
}

/** Anything that is not PostgreSQL's own and not of an extension. What steps keep there does not count. */
async function hasContent(session: PostgresSession): Promise<boolean> {
  const [row] = await session.query<{ has: boolean }>(`
    with own as (
      select oid from pg_namespace
      where nspname !~ '^pg_' and nspname not in ('information_schema', 'minio_manager')
    ), made as (
      select 'pg_class'::regclass as class, oid from pg_class where relnamespace in (select oid from own)
      union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from own)
      union all select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from own)
      union all select 'pg_namespace'::regclass, oid from pg_namespace
        where oid in (select oid from own) and nspname <> 'public'
      union all select 'pg_largeobject_metadata'::regclass, oid from pg_largeobject_metadata
    )
    select exists (
      select from made where not exists (
        select from pg_depend d where d.classid = made.class and d.objid = made.oid and d.deptype = 'e'
      )
    ) as has`);
  return row?.has ?? true;
}

/** Undefined if it is done; the reason if the server refuses with one of these codes. */
export async function unless(
  work: Promise<void>,
  reasons: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!isCode(error, ...Object.keys(reasons))) throw error;
    return reasons[String((error as { code?: unknown }).code)];
  }
}
