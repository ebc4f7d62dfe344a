import { type RawBuilder, sql } from 'kysely';

/** The database's clock decides for all replicas. It goes on within a transaction. */
export const NOW = sql<Date>`clock_timestamp()`;

/** So many milliseconds from now. */
export function inMs(ms: number): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}
