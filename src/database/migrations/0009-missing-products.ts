import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table data_product drop constraint data_product_state_check`,
  `alter table data_product add check (state in ('pending', 'ready', 'rejected', 'missing', 'deleted'))`,
  `alter table data_product add column finalizer boolean not null default false`,
  `alter table data_product add column missing_since timestamptz`,
  `alter table data_product add column deletion_told boolean not null default false`,
  `alter table data_product add column removal_confirmed_at timestamptz`,
  `alter table data_product add column data_waits boolean not null default false`,
  `create table portal_watch (
    singleton boolean primary key default true check (singleton),
    url text not null,
    marks jsonb not null default '[]',
    braked_at timestamptz,
    braked_why text,
    updated_at timestamptz not null default clock_timestamp()
  )`,
];

/** Data products that the portal no longer has, and which portal it was. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
