import { type Kysely, sql } from 'kysely';

/** An adopted user keeps its secret until its first login. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table subject add column foreign_secret boolean not null default false`).execute(db);
}
