import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table workflow_run add column owners jsonb not null default '{}'`,
  `alter table workflow_run alter column owners drop default`,
  `alter table workflow_run add column bound boolean not null default true`,
  `alter table workflow_run alter column bound drop default`,
  `alter table workflow_run add column started_at timestamptz`,
  `alter table workflow_step add column counted boolean not null default false`,
  `alter table workflow_step add column holds text`,
  `alter table workflow_step add column holds_bytes bigint`,
  `create table workflow_approval (
    seq bigint generated always as identity primary key,
    id uuid not null unique default gen_random_uuid(),
    run_id uuid not null references workflow_run (id),
    attempt uuid not null references provision (id),
    position integer not null,
    state text not null default 'open' check (state in ('open', 'approved', 'rejected', 'expired', 'cancelled')),
    requirements jsonb not null,
    plan jsonb not null,
    plan_digest text not null,
    difference jsonb,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    ended_at timestamptz
  )`,
  `create unique index workflow_approval_open on workflow_approval (run_id) where state = 'open'`,
  `create index workflow_approval_run on workflow_approval (run_id)`,
  `create table workflow_decision (
    approval_id uuid not null references workflow_approval (id),
    decided_by text not null,
    decision text not null check (decision in ('approve', 'reject', 'bypass')),
    comment text,
    requirements jsonb not null,
    decided_at timestamptz not null default clock_timestamp(),
    primary key (approval_id, decided_by)
  )`,
];

/** Approvals of runs, and what runs hold, for quotas. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
