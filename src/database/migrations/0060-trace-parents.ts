import { type Kysely, sql } from 'kysely';

/** The trace of a request goes on in the worker that carries it out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table provision add column trace_parent text
      check (trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$')`.execute(db);
}
