import { type Kysely, sql } from 'kysely';

const UP = [
  `create table tofu_state (
    team text not null,
    name text not null,
    secret_salt text not null,
    secret_key_id text not null,
    content text,
    version bigint not null default 0,
    changed_by uuid,
    changed_at timestamptz not null default clock_timestamp(),
    primary key (team, name)
  )`,
];

/** States of OpenTofu, each encrypted before it comes here. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
