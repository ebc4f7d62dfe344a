import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { Database } from '../database/schema.js';
import type { DayCount } from './series.js';

export const METRICS = ['logins', 'sessions', 'shares', 'drift', 'provisions'] as const;
export type Metric = (typeof METRICS)[number];

/** Counts what happened, by day. */
@Injectable()
export class StatisticsStore {
  constructor(private readonly db: Database) {}

  /** The days since the beginning of a day on which something happened. */
  async days(metric: Metric, since: Date): Promise<DayCount[]> {
    const { rows } = await SOURCES[metric](since).execute(this.db);
    return rows;
  }
}

type Counts = RawBuilder<DayCount>;

const SOURCES: Record<Metric, (since: Date) => Counts> = {
  logins: (since) => sql`
    select day::text, value from daily_count where metric = 'logins' and day >= (${since}::timestamptz at time zone 'UTC')::date`,
  sessions: (since) => events('session.issued', since),
  shares: (since) => events('path.shared', since),
  drift: (since) => events('drift.found', since),
  provisions: (since) => sql`
    select day::text, count(*)::int as value
    from (select ${day('created_at')} as day from provision where created_at >= ${since}::timestamptz) counted group by day`,
};

function events(action: string, since: Date): Counts {
  // a literal: by a parameter the index of these actions is not found
  return sql`
    select day::text, count(*)::int as value from (
      select ${day('at')} as day from audit_event where action = ${sql.lit(action)} and at >= ${since}::timestamptz
    ) counted group by day`;
}

function day(column: string) {
  return sql`(${sql.ref(column)} at time zone 'UTC')::date`;
}
