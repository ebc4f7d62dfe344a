import { type Kysely, sql } from 'kysely';

/** Paths of groups with `{user}`: each member has a grant of its own, which names the group that gives it. */
const UP = [
  `create table member_place (
    group_id uuid not null references subject (id) on delete cascade,
    bucket text not null,
    prefix text not null,
    folder boolean not null,
    permission text not null check (permission in ('read', 'write')),
    granted_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (group_id, bucket, prefix, folder)
  )`,
  `alter table access_grant add column source_id uuid references subject (id) on delete cascade`,
  `create index access_grant_source on access_grant (source_id) where source_id is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
