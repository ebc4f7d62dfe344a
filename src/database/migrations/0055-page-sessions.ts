import { type Kysely, sql } from 'kysely';

const UP = [
  `create table page_session (
    id_hash text primary key,
    user_name text not null,
    way text not null check (way in ('token', 'kbase', 'oidc', 'jupyterhub', 'demo')),
    sealed text not null,
    created_at timestamptz not null default clock_timestamp(),
    used_at timestamptz not null default clock_timestamp(),
    logged_in_at timestamptz not null default clock_timestamp(),
    ends_at timestamptz not null,
    renewing_until timestamptz,
    renewals integer not null default 0
  )`,
  // of a person, the oldest ones end when there are too many
  `create index page_session_user on page_session (user_name, created_at desc)`,
  `create index page_session_end on page_session (ends_at)`,
];

/** Sessions of the page. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
