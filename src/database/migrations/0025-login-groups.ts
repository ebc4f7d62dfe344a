import { type Kysely, sql } from 'kysely';

const ROLE = `text check (%s in ('member', 'reader', 'owner'))`;
const roleColumn = (name: string) => `add column ${name} ${ROLE.replace('%s', name)}`;

const UP = [
  `alter table membership ${['by_hand', 'by_role', 'by_login'].map(roleColumn).join(', ')}`,
  `update membership set by_hand = case when not managed then role end, by_role = case when managed then role end`,
  `create table login_groups (
    user_id uuid primary key references subject (id) on delete cascade,
    named jsonb not null,
    given jsonb not null default '[]',
    as_of timestamptz not null,
    waits text check (waits in ('second_answer', 'brake')),
    waits_since timestamptz,
    empty_by text,
    emptied_at timestamptz,
    check ((waits is null) = (waits_since is null))
  )`,
  `create index login_groups_emptied on login_groups (emptied_at) where emptied_at is not null`,
];

/** Who gave a membership, and what logins say about groups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
