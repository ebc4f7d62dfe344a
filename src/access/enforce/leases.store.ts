import { Injectable } from '@nestjs/common';
import { type Expression, sql } from 'kysely';
import { ASYNC_COMMIT } from '../../database/async-commit.js';
import { Database } from '../../database/schema.js';

/** How long a lease is kept for who wants it and does not come any more, in seconds; who waits comes again several times in it. */
const WANTED_SECONDS = 0.4;
/** Who waits says so again after so many seconds. */
const AGAIN_SECONDS = 0.1;
/** Of one who waits, as an element of `wanted`. */
const UNTIL = sql`(w->>'until')::numeric`;
/** `expires_at` of a lease that was given back: who takes it does not take it over. */
const GIVEN_BACK = sql<Date>`'-infinity'::timestamptz`;

/** What a lease that is given back tells of those who want it. */
export const GIVEN = ['key', 'holder', 'wanted'] as const;

/** Keeps the lease that `held` gives back for those who want it; nothing when nobody does, or when it is not given back. */
export function keepLease(isGivenBack = true): Expression<{ key: string }> {
  return sql<{
    key: string;
  }>`(insert into lease (key, holder, wanted, expires_at) select key, holder, wanted, ${GIVEN_BACK} from held
    where ${isGivenBack}
      and exists (select from jsonb_array_elements(wanted) as w where ${UNTIL} > extract(epoch from clock_timestamp())))`;
}

/**
 * Leases in the database, by the database's clock only. They are committed without waiting for the disk: one that a crash of the database
 * forgets is noticed by its holder, who records nothing without it.
 */
@Injectable()
export class LeasesStore {
  constructor(private readonly db: Database) {}

  /**
   * Takes the lease if nobody holds it, or its holder let it expire, and nobody else has waited longer; undefined while that is not so. Who
   * waits and comes again stands in the lease's row from the first time on, by the same statement. All is judged by one reading of the clock,
   * from before the statement waited for the row: never later than the truth.
   */
  async take(
    key: string,
    holder: string,
    ttlMs: number,
    waits = false,
  ): Promise<{ takenOver: boolean } | undefined> {
    const me = sql`${holder}::text`;
    const now = sql`(excluded.expires_at - ${ttlMs} * interval '1 millisecond')`;
    const seconds = sql`extract(epoch from ${now})`;
    const waiting = sql`jsonb_array_elements(held.wanted) with ordinality as each (w, nr) where ${UNTIL} > ${seconds}`;
    const first = sql`(select w->>'by' from ${waiting} order by nr limit 1)`;
    const free = sql`(held.expires_at <= ${now} and coalesce(${first} = ${me}, true))`;
    const mine = sql`jsonb_build_object('by', ${me}, 'until', ${seconds} + ${WANTED_SECONDS}::numeric)`;
    const others = sql`(select coalesce(jsonb_agg(w order by nr), '[]') from ${waiting} and w->>'by' <> ${me})`;
    const withMe = sql`(select coalesce(jsonb_agg(case when w->>'by' = ${me} then ${mine} else w end order by nr), '[]')
      || case when bool_or(w->>'by' = ${me}) then '[]' else jsonb_build_array(${mine}) end from ${waiting})`;
    const isNews = sql`not exists (select from ${waiting} and w->>'by' = ${me} and ${UNTIL} > ${seconds} + ${WANTED_SECONDS - AGAIN_SECONDS}::numeric)`;
    const { rows } = await sql<{ taken: boolean; takeovers: number }>`
      insert into lease as held (key, holder, expires_at)
      select ${key}, ${holder}::uuid, clock_timestamp() + ${ttlMs} * interval '1 millisecond' where ${ASYNC_COMMIT}
      on conflict (key) do update set
        holder = case when ${free} then excluded.holder else held.holder end,
        expires_at = case when ${free} then excluded.expires_at else held.expires_at end,
        takeovers = case when not ${free} then held.takeovers
          when held.expires_at = ${GIVEN_BACK} then 0 else held.takeovers + 1 end,
        wanted = case when ${free} then ${others} else ${withMe} end
      where ${free} or (${waits} and ${isNews})
      returning held.holder = ${holder}::uuid as taken, held.takeovers`.execute(this.db);
    const [row] = rows;
    return row?.taken ? { takenOver: row.takeovers > 0 } : undefined;
  }

  /** Makes the lease last longer; false when it is no longer ours. */
  async renew(key: string, holder: string, ttlMs: number): Promise<boolean> {
    const result = await this.db
      .updateTable('lease')
      .set({ expires_at: sql<Date>`clock_timestamp() + ${ttlMs} * interval '1 millisecond'` })
      .where('key', '=', key)
      .where('holder', '=', holder)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .where(ASYNC_COMMIT)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Gives the lease back; false when it was no longer ours. One that is wanted is kept for who waits. */
  async release(key: string, holder: string): Promise<boolean> {
    const row = await this.db
      .with('held', (db) =>
        db
          .deleteFrom('lease')
          .where('key', '=', key)
          .where('holder', '=', holder)
          .where(ASYNC_COMMIT)
          .returning([...GIVEN, sql<boolean>`expires_at > clock_timestamp()`.as('valid')]),
      )
      .with('kept', () => keepLease())
      .selectFrom('held')
      .select('valid')
      .executeTakeFirst();
    return row?.valid ?? false;
  }

  /** Lets every lease expire: only for a start that knows that no other process is there (PGlite). */
  async expireAll(): Promise<void> {
    await this.db
      .updateTable('lease')
      .set({ expires_at: sql<Date>`clock_timestamp()` })
      .where('expires_at', '>', GIVEN_BACK)
      .execute();
  }
}
