import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table data_deletion rename column user_name to subject_name`,
  `alter table data_deletion add column subject_kind text not null default 'user'
    check (subject_kind in ('user', 'data_product'))`,
];

/** Deletions of the data of data products, too. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
