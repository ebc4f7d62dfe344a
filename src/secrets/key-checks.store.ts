import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../database/schema.js';

/** Which master keys this database was used with. */
@Injectable()
export class KeyChecksStore {
  constructor(private readonly db: Database) {}

  /**
   * Accepts the key when it is the newest one, the first one, or a successor of a newest one that `holds` says is at hand.
   * `older`: the key was the current one once; `unknown`: the newest one is not at hand.
   */
  register(id: string, holds: (newest: string) => boolean): Promise<'accepted' | 'older' | 'unknown'> {
    return this.db.transaction().execute(async (trx) => {
      // replicas of a first start must agree on one key
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
