import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table subject
    add column changed_documents jsonb not null default '{}',
    add column listed_generation integer not null default 0,
    add column end_limits jsonb`,
  `create index access_grant_document on access_grant (grantee_id, shard)`,
  `create index access_grant_end on access_grant (grantee_id, owner_id, expires_at) where expires_at is not null`,
];

/**
 * A subject remembers which of its documents changed. Without `end_limits` everything is gone over: so an existing subject is enforced in
 * full once.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
