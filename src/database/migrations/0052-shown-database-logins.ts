import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table data_product
    add column database_salt text,
    add column database_shown_to text,
    add column database_shown_email text,
    add column database_shown_at timestamptz`,
];

/** Which password of a data product's login in PostgreSQL was shown, and to whom. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
