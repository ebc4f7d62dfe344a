import { type Kysely, sql } from 'kysely';

const UP = [
  `create table subject (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in ('user', 'group')),
    name text not null,
    principal text not null,
    status text not null check (status in ('active', 'disabled', 'removing', 'removed')),
    applied_status text check (applied_status in ('active', 'disabled')),
    generation integer not null default 1,
    applied_generation integer not null default 0 check (applied_generation <= generation),
    secret_salt text not null,
    secret_key_id text not null,
    secret_generation integer not null default 1,
    applied_secret_generation integer not null default 0,
    session_epoch integer not null default 0,
    applied_session_epoch integer not null default 0,
    access_key_epoch integer not null default 0,
    applied_access_key_epoch integer not null default 0,
    suspect boolean not null default false,
    unsettled_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    rotated_at timestamptz not null default clock_timestamp(),
    due_at timestamptz,
    revoking boolean not null default false,
    attempts integer not null default 0,
    last_error text,
    description text,
    top_shard integer not null default 0,
    unique (kind, name),
    unique (kind, principal)
  )`,
  `create unique index subject_group_name on subject (lower(name)) where kind = 'group'`,
  `create index subject_due on subject (due_at) where due_at is not null`,
  `create table lease (
    key text primary key,
    holder uuid not null,
    expires_at timestamptz not null,
    takeovers integer not null default 0
  )`,
  `create table session_key (
    id uuid primary key default gen_random_uuid(),
    sealed_access_key text not null,
    principal text not null,
    expires_at timestamptz not null
  )`,
  `create index session_key_principal on session_key (principal)`,
  `create index session_key_expiry on session_key (expires_at)`,
  `create table master_key (
    seq integer generated always as identity primary key,
    id text not null unique,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create table known_admin (
    user_name text primary key,
    seen_at timestamptz not null default clock_timestamp()
  )`,
  `create table audit_event (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    actor_kind text not null check (actor_kind in ('person', 'service', 'system')),
    on_behalf_of text,
    action text not null,
    subject_kind text,
    subject_name text,
    request_id text,
    detail jsonb not null default '{}'
  )`,
  `create index audit_event_subject on audit_event (subject_name, id)`,
  `create index audit_event_actor on audit_event (actor, id)`,
  `create function audit_event_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'audit_event is append-only'; end $$`,
  `create trigger audit_event_append_only before update or delete on audit_event
    for each row execute function audit_event_is_append_only()`,
  `create trigger audit_event_no_truncate before truncate on audit_event
    for each statement execute function audit_event_is_append_only()`,
];

/** Users, leases, master keys, known admins, audit. Migrations only go forward: restore a backup to go back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
