import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { QUICKLY } from '../../database/quickly.js';
import { Database } from '../../database/schema.js';

/**
 * Leases in the database, by the database's clock only. They are committed without waiting for the disk: one that a crash of the database
 * forgets is noticed by its holder, who records nothing without it.
 */
@Injectable()
export class LeasesStore {
  constructor(private readonly db: Database) {}

  /** Takes the lease if nobody holds it, or its holder let it expire; undefined while somebody does. */
  async take(key: string, holder: string, ttlMs: number): Promise<{ takenOver: boolean } | undefined> {
    const expires = sql<Date>`clock_timestamp() + ${ttlMs} * interval '1 millisecond'`;
    const row = await this.db
      .insertInto('lease')
      .columns(['key', 'holder', 'expires_at'])
      .expression(
        this.db
          .selectNoFrom([
            sql<string>`${key}::text`.as('key'),
            sql<string>`${holder}::uuid`.as('holder'),
            expires.as('expires_at'),
          ])
          .where(QUICKLY),
      )
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ holder, expires_at: expires, takeovers: sql<number>`lease.takeovers + 1` })
          .where('lease.expires_at', '<=', sql<Date>`clock_timestamp()`),
      )
      .returning('takeovers')
      .executeTakeFirst();
    return row && { takenOver: row.takeovers > 0 };
  }

  /** Makes the lease last longer; false when it is no longer ours. */
  async renew(key: string, holder: string, ttlMs: number): Promise<boolean> {
    const result = await this.db
      .updateTable('lease')
      .set({ expires_at: sql<Date>`clock_timestamp() + ${ttlMs} * interval '1 millisecond'` })
      .where('key', '=', key)
      .where('holder', '=', holder)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .where(QUICKLY)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  /** Gives the lease back; false when it was no longer ours. */
  async release(key: string, holder: string): Promise<boolean> {
    const row = await this.db
      .deleteFrom('lease')
      .where('key', '=', key)
      .where('holder', '=', holder)
      .where(QUICKLY)
      .returning(sql<boolean>`expires_at > clock_timestamp()`.as('valid'))
      .executeTakeFirst();
    return row?.valid ?? false;
  }

  /** Lets every lease expire: only for a start that knows that no other process is there (PGlite). */
  async expireAll(): Promise<void> {
    await this.db
      .updateTable('lease')
      .set({ expires_at: sql<Date>`clock_timestamp()` })
      .execute();
  }
}
