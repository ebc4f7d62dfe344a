import { type Kysely, sql } from 'kysely';

const UP = [
  `create table access_request (
    id uuid primary key default gen_random_uuid(),
    requester_id uuid not null references subject (id) on delete cascade,
    owner_id uuid references subject (id) on delete cascade,
    bucket text not null,
    prefix text not null,
    folder boolean not null,
    permission text not null check (permission in ('read', 'write')),
    reason text not null,
    state text not null default 'open' check (state in ('open', 'approved', 'denied')),
    created_at timestamptz not null default clock_timestamp(),
    decided_at timestamptz,
    decided_by text
  )`,
  `create unique index access_request_open on access_request (requester_id, bucket, prefix, folder) where state = 'open'`,
  `create index access_request_owner on access_request (owner_id, id)`,
];

/** Requests for access to another user's path. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
