import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table access_grant drop constraint access_grant_origin_check`,
  `alter table access_grant add check (origin in ('share', 'group', 'role'))`,
  `alter table membership add column managed boolean not null default false`,
  `create table provision (
    seq bigint generated always as identity primary key,
    id uuid not null unique default gen_random_uuid(),
    kind text not null,
    subject text not null,
    origin text not null check (origin in ('api', 'webhook', 'role', 'schedule', 'reconcile')),
    status text not null default 'pending' check
      (status in ('pending', 'processing', 'pending_action', 'completed', 'failed', 'cancelled')),
    input jsonb not null,
    result jsonb,
    error text,
    error_code text,
    attempts integer not null default 0,
    max_attempts integer not null check (max_attempts > 0),
    due_at timestamptz not null default clock_timestamp(),
    holder uuid,
    lease_until timestamptz,
    dead_lettered_at timestamptz,
    discarded_at timestamptz,
    discard_reason text,
    redriven_from uuid references provision (id),
    parent_id uuid references provision (id),
    stage integer not null default 0,
    correlation_id text not null,
    metadata jsonb not null default '{}',
    requested_by text not null,
    requested_by_kind text not null check (requested_by_kind in ('person', 'service', 'system')),
    request_id text,
    idempotency_key text,
    request_hash text,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    provisioned_at timestamptz,
    claimed_at timestamptz,
    check ((status = 'processing') = (holder is not null))
  )`,
  `create unique index provision_running on provision (subject) where status = 'processing'`,
  `create index provision_waiting on provision (subject, seq) where status = 'pending'`,
  `create index provision_due on provision (due_at) where status = 'pending'`,
  `create unique index provision_idempotency on provision (requested_by, idempotency_key)
    where idempotency_key is not null`,
  `create index provision_redriven on provision (redriven_from) where redriven_from is not null`,
  `create index provision_dead on provision (seq) where dead_lettered_at is not null`,
  `create table provision_event (
    id bigint generated always as identity primary key,
    provision_id uuid not null references provision (id),
    at timestamptz not null default clock_timestamp(),
    event text not null,
    correlation_id text not null,
    detail jsonb not null default '{}'
  )`,
  `create index provision_event_provision on provision_event (provision_id, id)`,
  `create function provision_event_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'provision_event is append-only'; end $$`,
  `create trigger provision_event_append_only before update or delete on provision_event
    for each row execute function provision_event_is_append_only()`,
  `create table role (
    name text primary key,
    description text,
    entitlements jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
  )`,
  `create table role_assignment (
    user_id uuid primary key references subject (id) on delete cascade,
    roles jsonb not null,
    revoked jsonb not null default '[]',
    updated_at timestamptz not null default clock_timestamp()
  )`,
];

/** Provisions, their events, roles. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
