import { Injectable } from '@nestjs/common';
import { type AuditEventRow, Database } from '../database/schema.js';

/** Filter of the events. */
export interface AuditFilter {
  actor?: string;
  subject?: string;
  action?: string;
  since?: string;
}

/** Reads the audit log. */
@Injectable()
export class AuditStore {
  constructor(private readonly db: Database) {}

  /** Up to `limit` events older than `before`, newest first. */
  list(filter: AuditFilter, limit: number, before: string | undefined): Promise<AuditEventRow[]> {
    const { actor, subject, action, since } = filter;
    return this.db
      .selectFrom('audit_event')
      .selectAll()
      .$if(actor !== undefined, (query) => query.where('actor', '=', actor ?? ''))
      .$if(subject !== undefined, (query) => query.where('subject_name', '=', subject ?? ''))
      .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
      .$if(since !== undefined, (query) => query.where('at', '>=', new Date(since ?? 0)))
      .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
  }
}
