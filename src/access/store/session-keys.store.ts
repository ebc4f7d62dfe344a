import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/schema.js';

/** A session that was handed out: its access key, sealed, and its end. */
export interface IssuedSession {
  sealedAccessKey: string;
  expiration: Date;
}

/** Which sessions were handed out: MinIO itself forgets them when it starts, until each is used again. */
@Injectable()
export class SessionKeysStore {
  constructor(private readonly db: Database) {}

  /** The principal's sessions that may still be alive. */
  live(principal: string): Promise<{ id: string; sealed_access_key: string }[]> {
    return this.db
      .selectFrom('session_key')
      .select(['id', 'sealed_access_key'])
      .where('principal', '=', principal)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .execute();
  }

  /** They are ended. */
  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.db
      .deleteFrom('session_key')
      .where(sql<boolean>`id = any(${sql.val([...ids])}::uuid[])`)
      .execute();
  }

  /** Lets go of those that have ended by themselves. */
  async forgetExpired(): Promise<void> {
    await this.db
      .deleteFrom('session_key')
      .where('expires_at', '<', sql<Date>`clock_timestamp()`)
      .execute();
  }
}
