import { type Kysely, sql } from 'kysely';

/** Nothing read the stage of a provision. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table provision drop column stage`.execute(db);
}
