import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** For which teams provisions were. */
@Injectable()
export class MakersStore {
  constructor(private readonly db: Database) {}

  /**
   * Whether a step of this id was for the team. What an object says of its maker may be anything, and so may what a request says in its
   * metadata: only of steps did this service write them.
   */
  async isOf(team: string | undefined, provision: string): Promise<boolean> {
    if (team === undefined || !ID.test(provision)) return false;
    const row = await this.db
      .selectFrom('provision')
      .select('id')
      .where('id', '=', provision)
      .where('origin', '=', 'workflow')
      .where(sql<boolean>`metadata->>'team' = ${team}`)
      .executeTakeFirst();
    return row !== undefined;
  }
}
