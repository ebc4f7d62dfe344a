import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor } from '../../database/schema.js';

/** How long a delivery that comes again is taken for the same one: after that it may as well be the same action, done once more. */
const FRESH = sql<boolean>`portal_delivery.received_at > clock_timestamp() - interval '10 minutes'`;

/** The last delivery about each thing. */
@Injectable()
export class DeliveriesStore {
  constructor(private readonly db: Database) {}

  /** Remembers a delivery; false: the last one about this was the same, a moment ago. */
  async remember(about: string, fingerprint: string, db: Executor): Promise<boolean> {
    const row = await db
      .insertInto('portal_delivery')
      .values({ about, fingerprint })
      .onConflict((conflict) =>
        conflict
          .column('about')
          .doUpdateSet({ fingerprint, received_at: sql<Date>`clock_timestamp()` })
          .where((eb) => eb.or([eb('portal_delivery.fingerprint', '!=', fingerprint), eb.not(FRESH)])),
      )
      .returning('about')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Forgets what is too old to matter. */
  async tidy(): Promise<void> {
    await this.db
      .deleteFrom('portal_delivery')
      .where('received_at', '<', sql<Date>`clock_timestamp() - interval '1 day'`)
      .execute();
  }
}
