import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table workflow_resource add column name text, add column key text`,
  `create index workflow_resource_key on workflow_resource (key, seq) where key is not null`,
  `create table workflow_resource_update (
    resource_id uuid not null references workflow_resource (id),
    run_id uuid not null references workflow_run (id),
    frame text not null,
    primary key (resource_id, run_id)
  )`,
  `create index workflow_resource_update_run on workflow_resource_update (run_id)`,
];

/** Resources of Score files: what they are known again by, and the runs that changed them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
