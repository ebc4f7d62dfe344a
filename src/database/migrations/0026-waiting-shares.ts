import { type Kysely, sql } from 'kysely';

const UP = [
  `create table waiting_share (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references subject (id) on delete cascade,
    grantee_name text not null,
    bucket text not null,
    prefix text not null,
    folder boolean not null,
    permission text not null check (permission in ('read', 'write')),
    reason text,
    granted_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    waits_until timestamptz not null,
    unique (owner_id, grantee_name, bucket, prefix, folder)
  )`,
  `create index waiting_share_grantee on waiting_share (grantee_name)`,
  `create index waiting_share_end on waiting_share (least(expires_at, waits_until))`,
  // for as long as it is held, no user of these names is made, and no share begins to wait for one; always in one order
  `create function hold_user_names(text[]) returns void language plpgsql volatile as $$
    begin
      perform pg_advisory_xact_lock(7265117, held)
        from (select distinct hashtext(name) as held from unnest($1) as name order by 1) as names;
    end $$`,
  // a volatile function sees what was committed while it waited
  `create function is_awaited(text) returns boolean language plpgsql volatile as $$
    begin
      perform hold_user_names(array[$1]);
      return exists (
        select from waiting_share where grantee_name = $1 and least(expires_at, waits_until) > clock_timestamp()
      );
    end $$`,
];

/** Shares with people who have not logged in yet. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
