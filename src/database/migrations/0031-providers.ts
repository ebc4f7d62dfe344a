import { type Kysely, sql } from 'kysely';

const UP = [
  `create table provider_version (
    provider text collate "C" not null,
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    "commit" text,
    files jsonb not null,
    loaded_at timestamptz not null default clock_timestamp(),
    primary key (provider, digest)
  )`,
  `create function provider_version_stays() returns trigger language plpgsql as
    $$ begin raise exception 'a version of a provider never changes'; end $$`,
  `create trigger provider_version_stays before update on provider_version
    for each row execute function provider_version_stays()`,
  `create table provider (
    name text collate "C" primary key,
    team text,
    team_id uuid,
    source text not null check (source in ('folder', 'git')),
    git_url text,
    ref text,
    path text not null,
    pin text,
    token_ref text,
    verify jsonb,
    status text not null check (status in ('ready', 'failed')),
    error jsonb,
    digest text,
    "commit" text,
    loads integer not null default 1,
    registered_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    loaded_at timestamptz not null default clock_timestamp(),
    check ((source = 'git') = (git_url is not null)),
    check ((team is null) = (team_id is null)),
    check (status = 'failed' or digest is not null),
    check ((status = 'failed') = (error is not null)),
    foreign key (name, digest) references provider_version (provider, digest)
  )`,
];

/** Providers: where each comes from, and what was loaded. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
