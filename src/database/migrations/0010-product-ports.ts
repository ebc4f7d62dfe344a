import { type Kysely, sql } from 'kysely';

const UP = [
  // a prefix is unique permanently; a namespace is not, since a portal reuses the name of a renamed product
  `drop index data_product_namespace`,
  `alter table data_product add column approvals json not null default '[]'`,
  `alter table data_product add column next_look_at timestamptz`,
  `alter table data_product add column assets_registered boolean not null default false`,
  `alter table data_product add column assets_problem text`,
  `alter table data_product add column assets_tried_at timestamptz`,
  `create index data_product_next_look on data_product (next_look_at) where next_look_at is not null`,
  `create table data_product_claim (
    access_key text primary key,
    product_id text not null references data_product (id) on delete cascade,
    email text,
    claimed_by text not null,
    claimed_at timestamptz not null default clock_timestamp()
  )`,
  `create index data_product_claim_product on data_product_claim (product_id)`,
];

/** What each port gives, when the next of these ends, who holds a claimed key, and whether the portal knows the product's paths. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
