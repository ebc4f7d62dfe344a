import { type Kysely, sql } from 'kysely';

const UP = ['provision', 'data_product'].map(
  (table) => `alter table ${table} add column sealed_claim_key text, add column claim_until timestamptz`,
);

/** A claim has the name of its key before the key exists, so that a key that nobody received is found and removed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
