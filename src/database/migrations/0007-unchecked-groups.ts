import { type Kysely, sql } from 'kysely';

const UP = [`alter table subject add column unchecked boolean not null default false`];

/** Groups that were created while MinIO was away. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
