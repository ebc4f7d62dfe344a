import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../database/schema.js';

/** The master keys that this database was used with. */
@Injectable()
export class KeyChecksStore {
  constructor(private readonly db: Database) {}

  /**
   * Accepts the key if it is the newest one, the first one, or the successor of a newest one that `holds` reports as configured. `older`:
   * the key was the current one in the past; `unknown`: the newest one is not configured.
   */
  register(id: string, holds: (newest: string) => boolean): Promise<'accepted' | 'older' | 'unknown'> {
    return this.db.transaction().execute(async (trx) => {
      // replicas that start together for the first time must agree on one key
      await sql`lock table master_key in exclusive mode`.execute(trx);
      const rows = await trx.selectFrom('master_key').select('id').orderBy('seq', 'desc').execute();
      const newest = rows[0]?.id;
      if (newest === id) return 'accepted';
      if (rows.some((row) => row.id === id)) return 'older';
      if (newest !== undefined && !holds(newest)) return 'unknown';
      await trx.insertInto('master_key').values({ id }).execute();
      return 'accepted';
    });
  }
}
