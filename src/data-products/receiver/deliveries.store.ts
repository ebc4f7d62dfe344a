import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Executor } from '../../database/schema.js';
import { NOW } from '../../database/sql/clock.js';
import { recordset } from '../../database/sql/recordset.js';

/** How long a repeated delivery counts as a duplicate. Later, it may report the same action, done again. */
const FRESH = sql<boolean>`portal_delivery.received_at > clock_timestamp() - interval '10 minutes'`;

/** What is remembered of a delivery. */
export interface RememberedDelivery {
  about: string;
  fingerprint: string;
}

/** The last delivery about each topic. */
@Injectable()
export class DeliveriesStore {
  constructor(private readonly db: Database) {}

  /** Records deliveries, each about another topic. Returns the topics about which the last one was not the same, a moment ago. */
  async remember(deliveries: readonly RememberedDelivery[], db: Executor): Promise<Set<string>> {
    const { rows } = await sql<{ about: string }>`
      insert into portal_delivery (about, fingerprint)
      select about, fingerprint from json_to_recordset(${recordset(deliveries)}::json) as row (about text, fingerprint text)
      order by about
      on conflict (about) do update set fingerprint = excluded.fingerprint, received_at = ${NOW}
        where portal_delivery.fingerprint != excluded.fingerprint or not ${FRESH}
      returning about`.execute(db);
    return new Set(rows.map(({ about }) => about));
  }

  /** Deletes entries that are too old to matter. */
  async tidy(): Promise<void> {
    await this.db
      .deleteFrom('portal_delivery')
      .where('received_at', '<', sql<Date>`clock_timestamp() - interval '1 day'`)
      .execute();
  }
}
