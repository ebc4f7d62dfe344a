import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table provider add column events text[] not null default '{}'`,
  `alter table workflow_run add column event text`,
];

/** Which events start workflows of a provider, and which event started a run. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
