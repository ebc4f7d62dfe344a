import { Injectable } from '@nestjs/common';
import {
  Database,
  type ProvisionEventRow,
  type ProvisionRow,
  type ProvisionStatus,
} from '../../database/schema.js';
import { NOT_REDRIVEN } from './provisions.store.js';

/** Which provisions a list is of; what is undefined does not matter. */
export interface ProvisionFilter {
  status?: ProvisionStatus | undefined;
  kind?: string | undefined;
  subject?: string | undefined;
  origin?: ProvisionRow['origin'] | undefined;
  correlation_id?: string | undefined;
  parent_id?: string | undefined;
  /** Given up, and neither redriven nor discarded. */
  dead?: boolean | undefined;
}

/** Lists of provisions and of what happened to them. */
@Injectable()
export class ProvisionListsStore {
  constructor(private readonly db: Database) {}

  /** A page, the newest first. */
  list(filter: ProvisionFilter, limit: number, before: string | undefined): Promise<ProvisionRow[]> {
    const { dead, ...equal } = filter;
    const given = Object.entries(equal).filter(([, value]) => value !== undefined);
    return this.db
      .selectFrom('provision')
      .selectAll()
      .where((eb) =>
        eb.and(given.map(([column, value]) => eb(column as keyof typeof equal, '=', value ?? ''))),
      )
      .$if(dead === true, (query) =>
        query.where('dead_lettered_at', 'is not', null).where('discarded_at', 'is', null),
      )
      .$if(dead === true, (query) => query.where(NOT_REDRIVEN))
      .$if(before !== undefined, (query) => query.where('seq', '<', before ?? ''))
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute();
  }

  /** What happened to a provision, oldest first. */
  eventsOf(id: string): Promise<ProvisionEventRow[]> {
    return this.db
      .selectFrom('provision_event')
      .selectAll()
      .where('provision_id', '=', id)
      .orderBy('id')
      .execute();
  }
}
