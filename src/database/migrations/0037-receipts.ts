import { type Kysely, sql } from 'kysely';

const UP = [
  `create table receipt_key (
    kid text primary key,
    jwk jsonb not null,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create table run_receipt (
    run_id uuid not null references workflow_run (id),
    number integer not null,
    kid text not null references receipt_key (kid),
    jws text not null,
    made_at timestamptz not null default clock_timestamp(),
    primary key (run_id, number)
  )`,
];

/** Signed receipts of runs, and the public keys with which they are checked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
