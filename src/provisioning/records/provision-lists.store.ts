import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type ProvisionEventRow, type ProvisionRow } from '../../database/schema.js';
import type { ProvisionStatus } from '../../database/tables/work/job-tables.js';
import { NOT_REDRIVEN } from './provisions.store.js';

/** The filter of a list of provisions; undefined fields match everything. */
export interface ProvisionFilter {
  status?: ProvisionStatus | undefined;
  kind?: string | undefined;
  subject?: string | undefined;
  origin?: ProvisionRow['origin'] | undefined;
  correlation_id?: string | undefined;
  parent_id?: string | undefined;
  /** Failed permanently, and neither redriven nor discarded. */
  dead?: boolean | undefined;
}

/** Rows of this table are kept for ever: more are not counted for a list. */
export const MAX_TOTAL = 100_000;

/** Lists of provisions and of their events. */
@Injectable()
export class ProvisionListsStore {
  constructor(private readonly db: Database) {}

  /** A page, the newest first. */
  list(filter: ProvisionFilter, limit: number, before: string | undefined): Promise<ProvisionRow[]> {
    return this.matching(filter)
      .selectAll()
      .$if(before !== undefined, (query) => query.where('seq', '<', before ?? ''))
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute();
  }

  /** How many there are, counted up to {@link MAX_TOTAL}. */
  async count(filter: ProvisionFilter): Promise<number> {
    const { total } = await this.db
      .selectFrom(this.matching(filter).select('id').limit(MAX_TOTAL).as('matching'))
      .select(sql<number>`count(*)::int`.as('total'))
      .executeTakeFirstOrThrow();
    return total;
  }

  private matching({ dead, ...equal }: ProvisionFilter) {
    const given = Object.entries(equal).filter(([, value]) => value !== undefined);
    return this.db
      .selectFrom('provision')
      .where((eb) =>
        eb.and(given.map(([column, value]) => eb(column as keyof typeof equal, '=', value ?? ''))),
      )
      .$if(dead === true, (query) =>
        query.where('dead_lettered_at', 'is not', null).where('discarded_at', 'is', null),
      )
      .$if(dead === true, (query) => query.where(NOT_REDRIVEN));
  }

  /** Of these buckets, the last provision that made or removed it, and which of both it did. */
  async bucketsMade(buckets: readonly string[]): Promise<{ bucket: string; made: boolean }[]> {
    const { rows } = await sql<{ bucket: string; made: boolean }>`
      select distinct on (subject) substr(subject, length('bucket:') + 1) as bucket,
        result->'operations' @> '[{"entitlement": {"type": "bucket"}, "action": "create", "status": "done"}]' as made
      from provision
      where subject = any(${buckets.map((each) => `bucket:${each}`)}::text[]) and status = 'completed'
        and (result->'operations' @> '[{"entitlement": {"type": "bucket"}, "action": "create", "status": "done"}]'
          or result->'operations' @> '[{"entitlement": {"type": "bucket"}, "action": "remove", "status": "done"}]')
      order by subject, seq desc`.execute(this.db);
    return rows;
  }

  /** The events of a provision, oldest first. */
  eventsOf(id: string): Promise<ProvisionEventRow[]> {
    return this.db
      .selectFrom('provision_event')
      .selectAll()
      .where('provision_id', '=', id)
      .orderBy('id')
      .execute();
  }
}
