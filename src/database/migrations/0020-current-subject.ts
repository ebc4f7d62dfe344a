import { type Kysely, sql } from 'kysely';

/**
 * The row of a subject as it is when the function is called, not when the statement began: a volatile function sees what was committed
 * meanwhile. The statement that takes a lease may have waited for it.
 */
const UP = `create function current_subject(text, text) returns setof subject language plpgsql volatile rows 1 as $$
  begin return query select * from subject where kind = $1 and name = $2; end $$`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}
