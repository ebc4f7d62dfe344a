import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table data_product
    add column database_role text,
    add column database_made boolean not null default false,
    add column database_problem text`,
];

/** What data products have in PostgreSQL. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
