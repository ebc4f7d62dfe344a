import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { inLine } from '../common/turns/line.js';
import { Database } from './schema.js';

/** Whether the database answers and accepts writes. */
@Injectable()
export class DatabaseHealth {
  constructor(private readonly db: Database) {}

  /** Throws when it does not. It has its own line: a caller that floods the service does not make it look down. */
  async ping(): Promise<void> {
    await inLine('health', () =>
      // locks nothing, but is refused (25006) by a server that accepts no writes, for example a standby after a failover
      sql`select 1 from known_admin where false for update`.execute(this.db),
    );
  }
}
