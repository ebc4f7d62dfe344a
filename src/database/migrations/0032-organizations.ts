import { type Kysely, sql } from 'kysely';

/** Which organization a group belongs to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table subject add column organization text').execute(db);
}
