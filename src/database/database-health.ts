import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from './schema.js';

/** Whether the database answers. */
@Injectable()
export class DatabaseHealth {
  constructor(private readonly db: Database) {}

  /** Throws when it does not. */
  async ping(): Promise<void> {
    await sql`select 1`.execute(this.db);
  }
}
