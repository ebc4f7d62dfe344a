import { type Kysely, sql } from 'kysely';

const UP = [`alter table lease add column wanted jsonb not null default '[]'`];

/** Processes that wait for a lease are listed in its row, in the order in which they came. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
