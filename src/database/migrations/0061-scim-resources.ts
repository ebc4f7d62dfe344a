import { type Kysely, sql } from 'kysely';

const UP = [
  `create table scim_resource (
    subject_id uuid primary key references subject (id) on delete cascade,
    external_id text,
    disabled_epoch integer
  )`,
  `create index scim_resource_external_id on scim_resource (external_id)`,
];

/** What a directory that sends SCIM says of people and groups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
