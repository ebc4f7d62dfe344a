import { type Kysely, sql } from 'kysely';

const UP = [
  `create table membership (
    group_id uuid not null references subject (id) on delete cascade,
    user_id uuid not null references subject (id) on delete cascade,
    role text not null check (role in ('member', 'reader', 'owner')),
    created_at timestamptz not null default clock_timestamp(),
    primary key (group_id, user_id)
  )`,
  `create index membership_user on membership (user_id)`,
  `create table access_grant (
    id uuid primary key default gen_random_uuid(),
    grantee_id uuid not null references subject (id) on delete cascade,
    owner_id uuid references subject (id) on delete cascade,
    bucket text not null,
    prefix text not null,
    folder boolean not null,
    permission text not null check (permission in ('read', 'write')),
    origin text not null check (origin in ('share', 'group')),
    reason text,
    granted_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    shard integer not null check (shard > 0),
    weight integer not null check (weight > 0),
    unique (grantee_id, bucket, prefix, folder, origin)
  )`,
  `create index access_grant_owner on access_grant (owner_id, grantee_id)`,
  `create index access_grant_path on access_grant (bucket, prefix collate "C")`,
  `create index access_grant_expiry on access_grant (expires_at) where expires_at is not null`,
];

/** Groups and grants. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
