import { type Kysely, sql } from 'kysely';

const UP = [
  `create table data_deletion (
    id uuid primary key default gen_random_uuid(),
    user_name text not null,
    subject_id uuid,
    prefix text not null check (prefix like '%_/'),
    state text not null check (state in ('pending', 'running', 'completed', 'failed')),
    confirmed boolean not null default false,
    requested_at timestamptz not null default clock_timestamp(),
    actor text not null,
    actor_kind text not null,
    request_id text,
    before timestamptz,
    deleted bigint not null default 0,
    failed bigint not null default 0,
    last_error text,
    attempts integer not null default 0,
    due_at timestamptz not null default clock_timestamp(),
    holder uuid,
    lease_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
  )`,
  `create unique index data_deletion_open on data_deletion (prefix) where state <> 'completed'`,
  `create index data_deletion_user on data_deletion (user_name) where state in ('pending', 'running')`,
];

/** Deletions of the data of removed users. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
