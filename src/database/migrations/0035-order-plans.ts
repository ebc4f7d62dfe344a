import { type Kysely, sql } from 'kysely';

const UP = [
  `create table provision_waiter (
    provision_id uuid not null references provision (id),
    waiter_id uuid not null references provision (id),
    primary key (provision_id, waiter_id)
  )`,
  `create index provision_waiter_waits on provision_waiter (waiter_id)`,
  `create table plan (
    seq bigint generated always as identity primary key,
    id uuid not null unique default gen_random_uuid(),
    order_ref text,
    callback text,
    request_hash text not null,
    provision_id uuid references provision (id),
    limited boolean not null,
    cancel_requested boolean not null default false,
    undo_requested boolean not null default false,
    requested_by text not null,
    requested_by_kind text not null check (requested_by_kind in ('person', 'service', 'system')),
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    undone_at timestamptz
  )`,
  `create index plan_order on plan (order_ref, seq) where order_ref is not null`,
  `create index plan_requested on plan (requested_by, requested_by_kind, seq)`,
  `create table plan_item (
    plan_id uuid not null references plan (id),
    position integer not null,
    kind text not null,
    input jsonb not null,
    stage integer not null,
    hard boolean not null,
    refused text,
    refused_code text,
    provision_id uuid references provision (id),
    joined boolean not null default false,
    undo_id uuid references provision (id),
    primary key (plan_id, position)
  )`,
  `create index plan_item_provision on plan_item (provision_id) where provision_id is not null`,
];

/** Order plans, and provisions that others wait for without being a part of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
