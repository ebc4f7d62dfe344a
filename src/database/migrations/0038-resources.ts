import { type Kysely, sql } from 'kysely';

const UP = [
  `create table workflow_resource (
    seq bigint generated always as identity primary key,
    id uuid not null unique default gen_random_uuid(),
    run_id uuid not null references workflow_run (id),
    frame text not null,
    type text not null,
    class text,
    provider text not null,
    workflow text not null,
    delete_run_id uuid references workflow_run (id),
    unique (run_id, frame)
  )`,
  `create index workflow_resource_type on workflow_resource (type, seq)`,
];

/** Resources: what runs of workflows create. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
