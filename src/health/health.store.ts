import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../database/schema.js';

/** Whether the database answers. */
@Injectable()
export class HealthStore {
  constructor(private readonly db: Database) {}

  async ping(): Promise<void> {
    await sql`select 1`.execute(this.db);
  }
}
