import { type Kysely, sql } from 'kysely';

const UP = [
  `create table adoption (
    subject_id uuid primary key,
    readers_group text,
    adopted_by text not null,
    adopted_at timestamptz not null default clock_timestamp(),
    detached jsonb not null default '[]'
  )`,
  `alter table access_grant drop constraint access_grant_origin_check`,
  `alter table access_grant add check (origin in ('share', 'group', 'role', 'data_product', 'adopted'))`,
];

/** What was taken over from MinIO, so that it can be given back; and grants that were taken over with it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
