import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { inLine } from '../common/turns/line.js';
import { Database } from './schema.js';

/** Whether the database answers. */
@Injectable()
export class DatabaseHealth {
  constructor(private readonly db: Database) {}

  /** Throws when it does not. In a line of its own: those who flood the service do not make it look down. */
  async ping(): Promise<void> {
    await inLine('health', () => sql`select 1`.execute(this.db));
  }
}
