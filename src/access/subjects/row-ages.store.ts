import { type RawBuilder, sql } from 'kysely';
import type { SubjectRow } from '../../database/schema.js';

/** A row, and how long ago some of its times were, by the database's clock, in milliseconds. */
export interface AgedRow extends SubjectRow {
  rotated_ms_ago: number;
  /** Null: it was never written in MinIO. */
  written_ms_ago: number | null;
}

/** How long ago the time in this column was. */
export function msAgo(column: 'rotated_at' | 'written_at'): RawBuilder<number> {
  return sql<number>`(extract(epoch from clock_timestamp() - ${sql.ref(column)}) * 1000)::float8`;
}
