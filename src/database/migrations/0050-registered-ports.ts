import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table data_product
    add column port_registered boolean not null default false,
    add column port_unregistered_why text,
    add column port_tried_at timestamptz`,
];

/** Whether the portal has output ports for schemas. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
