import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table subject add column suspended text check (suspended in ('absent', 'disabled', 'idle')),
    add column suspended_at timestamptz,
    add constraint subject_suspended_since check ((suspended is null) = (suspended_at is null))`,
  `create table login (
    user_id uuid primary key references subject (id) on delete cascade,
    directory text check (directory in ('kbase', 'hub', 'oidc')),
    last_at timestamptz not null default clock_timestamp(),
    missing text check (missing in ('absent', 'disabled')),
    missing_since timestamptz,
    passed boolean not null default false,
    check ((missing is null) = (missing_since is null))
  )`,
  `create index login_directory on login (directory)`,
  `create table look_up (
    directory text primary key,
    at timestamptz not null default clock_timestamp(),
    answered_at timestamptz,
    people integer not null default 0,
    missing integer not null default 0,
    failure text,
    braked text
  )`,
  // the clock of everybody starts now
  `insert into login (user_id) select id from subject
    where kind = 'user' and status in ('active', 'disabled') and (unchecked or not foreign_secret)`,
];

/** When people last logged in, and who is suspended until the next login. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
