import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';

/** How long a repeated delivery counts as a duplicate. Later, it may report the same action, done again. */
const FRESH = sql<boolean>`portal_delivery.received_at > clock_timestamp() - interval '10 minutes'`;

/** The last delivery about each topic. */
@Injectable()
export class DeliveriesStore {
  constructor(private readonly db: Database) {}

  /** Records a delivery; false if the last one about this topic was the same, a moment ago. */
  async remember(about: string, fingerprint: string, db: Executor): Promise<boolean> {
    const row = await db
      .insertInto('portal_delivery')
      .values({ about, fingerprint })
      .onConflict((conflict) =>
        conflict
          .column('about')
          .doUpdateSet({ fingerprint, received_at: NOW })
          .where((eb) => eb.or([eb('portal_delivery.fingerprint', '!=', fingerprint), eb.not(FRESH)])),
      )
      .returning('about')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Deletes entries that are too old to matter. */
  async tidy(): Promise<void> {
    await this.db
      .deleteFrom('portal_delivery')
      .where('received_at', '<', sql<Date>`clock_timestamp() - interval '1 day'`)
      .execute();
  }
}
