import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table provision drop constraint provision_origin_check`,
  `alter table provision add constraint provision_origin_check check
    (origin in ('api', 'webhook', 'role', 'schedule', 'reconcile', 'workflow', 'plan'))`,
  `alter table provision add column wakes uuid references provision (id)`,
  `create index provision_wakes on provision (wakes) where status in ('pending', 'processing', 'pending_action')`,
  `create index provision_asleep on provision (due_at) where status = 'pending_action'`,
  `create table workflow_run (
    seq bigint generated always as identity primary key,
    id uuid not null unique default gen_random_uuid(),
    team text not null,
    team_id uuid not null,
    provider text not null,
    workflow text not null,
    application text,
    version jsonb not null,
    parameters jsonb not null,
    snapshot jsonb not null,
    provision_id uuid references provision (id),
    active boolean not null default true,
    cancel_requested boolean not null default false,
    requested_by text not null,
    requested_by_kind text not null check (requested_by_kind in ('person', 'service', 'system')),
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    undone_at timestamptz
  )`,
  `create unique index workflow_run_active on workflow_run (team_id, provider, workflow, coalesce(application, ''))
    where active`,
  `create index workflow_run_team on workflow_run (team_id, seq)`,
  `create table workflow_step (
    run_id uuid not null references workflow_run (id),
    position integer not null,
    name text not null,
    type text not null,
    skipped text check (skipped in ('condition', 'failure')),
    refused text,
    refused_code text,
    provision_id uuid references provision (id),
    undo_id uuid references provision (id),
    primary key (run_id, position)
  )`,
];

/** Workflows: a provision that waits for others, which wake it at their end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
