import { type Kysely, sql } from 'kysely';

const UP = [`alter table workflow_resource add column kept_for uuid references workflow_run (id)`];

/** Resources that stay though the run that made them was taken back: a later run changed them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
