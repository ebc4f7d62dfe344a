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

/** A row, and whether its secret was replaced since the request arrived. */
export type TimedRow = SubjectRow & { rotatedSince: boolean };

/** A subject's row, and the moments of `performance.now()` between which it was read. */
export interface FoundRow {
  row: AgedRow | undefined;
  asked: number;
  answered: number;
}

/** How often the database is asked for the time of a rotation while its answers leave open whether it was before or after the request. */
const ATTEMPTS = 5;

/**
 * The row, and whether its secret came into force since the request arrived: then the pair is new for this request too, and replacing it
 * again would break the answer to another request. Ages are compared, each by its own clock. No clock is shared, and each answer of the
 * database narrows the interval. `found`: what is known already.
 */
export async function timed(
  read: () => Promise<FoundRow>,
  arrivedAt: number,
  found?: FoundRow,
): Promise<TimedRow | undefined> {
  let [earliest, latest] = [-Infinity, Infinity];
  for (let attempt = 1; ; attempt++) {
    const { row, asked, answered } = (attempt === 1 ? found : undefined) ?? (await read());
    if (!row || row.status === 'removed') return undefined;
    earliest = Math.max(earliest, asked - row.rotated_ms_ago);
    latest = Math.min(latest, answered - row.rotated_ms_ago);
    if (latest > arrivedAt && earliest <= arrivedAt && attempt < ATTEMPTS) continue;
    return { ...row, rotatedSince: (earliest + latest) / 2 > arrivedAt };
  }
}
