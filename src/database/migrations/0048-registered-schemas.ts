import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table data_product
    add column schema_registered boolean not null default false,
    add column schema_unregistered_why text,
    add column schema_tried_at timestamptz`,
];

/** Whether the portal has technical assets for schemas. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
