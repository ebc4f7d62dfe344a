import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { inLine } from '../common/turns/line.js';
import { Database } from './schema.js';

/** Whether the database answers and takes writes. */
@Injectable()
export class DatabaseHealth {
  constructor(private readonly db: Database) {}

  /** Throws when it does not. In a line of its own: those who flood the service do not make it look down. */
  async ping(): Promise<void> {
    await inLine('health', () =>
      // locks nothing, and yet is refused (25006) where nothing may be written, as by a standby after a failover
      sql`select 1 from known_admin where false for update`.execute(this.db),
    );
  }
}
