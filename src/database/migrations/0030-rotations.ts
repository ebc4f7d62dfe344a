import { type Kysely, sql } from 'kysely';

const UP = [
  `create table rotation (
    id uuid primary key default gen_random_uuid(),
    state text not null default 'running' check (state in ('running', 'completed', 'failed', 'cancelled')),
    reason text,
    revoke_sessions boolean not null,
    revoke_access_keys boolean not null,
    provision_id uuid,
    requested_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
  )`,
  `create unique index rotation_running on rotation (state) where state = 'running'`,
  `create table rotation_subject (
    rotation_id uuid not null references rotation (id) on delete cascade,
    subject_id uuid not null,
    kind text not null check (kind in ('user', 'data_product')),
    name text collate "C" not null,
    outcome text not null check (outcome in ('waiting', 'rotated', 'already_new', 'skipped', 'failed')),
    decided text check (decided in ('rotated', 'already_new')),
    attempts integer not null default 0,
    code text,
    detail text,
    primary key (rotation_id, name)
  )`,
  `create index rotation_subject_waiting on rotation_subject (rotation_id, attempts, name) where outcome = 'waiting'`,
];

/** Rotations of everybody's secret, and what became of each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
