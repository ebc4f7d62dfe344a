import { type Kysely, sql } from 'kysely';

/** A user may have several homes: the deletion of the user's data names them all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table data_deletion add column homes jsonb`).execute(db);
}
