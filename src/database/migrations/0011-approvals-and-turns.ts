import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table access_request add column granted text check (granted in ('read', 'write'))`,
  `update access_request set granted = permission where state = 'approved'`,
  `alter table access_request drop constraint access_request_state_check`,
  `alter table access_request add constraint access_request_state_check
    check (state in ('open', 'approved', 'denied', 'superseded'))`,
];

/** An approval names what it approves. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
