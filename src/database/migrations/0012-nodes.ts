import { type Kysely, sql } from 'kysely';

const UP = [
  `alter table subject add column written_at timestamptz, add column sessions_ended_at timestamptz`,
  `create index subject_written on subject (written_at) where written_at is not null`,
  `create table minio_node (
    endpoint text primary key,
    away_since timestamptz not null,
    seen_at timestamptz not null default clock_timestamp(),
    told_until timestamptz,
    sightings integer not null default 1
  )`,
  `create table minio_admin (
    one boolean primary key default true check (one),
    endpoint text not null,
    since timestamptz not null default clock_timestamp()
  )`,
];

/** MinIO nodes that were away, what they missed, and the node that takes the admin writes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db);
}
