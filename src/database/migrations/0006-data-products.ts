import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table subject drop constraint subject_kind_check`,
  `alter table subject add check (kind in ('user', 'group', 'data_product'))`,
  `alter table subject add column prefix text`,
  `alter table access_grant drop constraint access_grant_origin_check`,
  `alter table access_grant add check (origin in ('share', 'group', 'role', 'data_product'))`,
  `create table data_product (
    id text primary key,
    kind text not null check (kind in ('data_product', 'exploration')),
    name text,
    namespace text,
    prefix text unique,
    portal_namespace text,
    state text not null default 'pending' check (state in ('pending', 'ready', 'rejected', 'deleted')),
    deleting boolean not null default false,
    subject_name text,
    project text,
    ready_set boolean not null default false,
    last_reconciled_at timestamptz,
    last_error text,
    claimed_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz
  )`,
  `create unique index data_product_namespace on data_product (namespace)
    where namespace is not null and state <> 'deleted'`,
  `create table data_product_port (
    provider_id text not null,
    output_port_id text not null,
    consumer_id text not null,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (provider_id, output_port_id, consumer_id)
  )`,
  `create index data_product_port_consumer on data_product_port (consumer_id)`,
  `create table portal_delivery (
    about text primary key,
    fingerprint text not null,
    received_at timestamptz not null default clock_timestamp()
  )`,
];

/** Data products, what they may read of each other, and the last delivery of the portal about each object. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
