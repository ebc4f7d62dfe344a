import { type Kysely, sql } from 'kysely';

const UP = [
  // logins are kept nowhere else: a user has only the last one
  `create table daily_count (
    metric text not null check (metric in ('logins')),
    day date not null,
    value integer not null check (value >= 0),
    primary key (metric, day)
  )`,
  `create index audit_event_counted on audit_event (action, at)
    where action in ('session.issued', 'path.shared', 'drift.found')`,
  `create index provision_created on provision (created_at)`,
];

/** What happened on each day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
