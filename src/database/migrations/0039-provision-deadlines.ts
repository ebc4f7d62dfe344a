import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table provision add column deadline_at timestamptz`,
  `create index provision_deadline on provision (deadline_at)
    where deadline_at is not null and status in ('pending', 'pending_action')`,
];

/** Deadlines of provisions: steps of workflows may have a time limit. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
