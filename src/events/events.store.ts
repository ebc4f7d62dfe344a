import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor } from '../database/schema.js';
import type { EventName } from '../documents/model.js';
import { EVENT_KIND } from './event.js';

/** What `causeOf` gives. */
const CAUSE = /^event:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** What has to be known before an event is recorded. */
export interface Look {
  /** A provider has a workflow that it starts. */
  wanted: boolean;
  /** How many events lie between what people do and the run in which it happened; null: it was no run that an event started. */
  depth: number | null;
}

/** What the database knows of events. */
@Injectable()
export class EventsStore {
  /** `cause`: the id of the request, which says in which event's run it happened. */
  async look(event: EventName, cause: string | undefined, trx: Executor): Promise<Look> {
    const id = CAUSE.exec(cause ?? '')?.[1] ?? null;
    const { rows } = await sql<Look>`
      select exists (select from provider where ${event} = any(events)) as wanted,
        (select (input->>'depth')::int from provision where id = ${id}::uuid and kind = ${EVENT_KIND}) as depth`.execute(
      trx,
    );
    return rows[0] ?? { wanted: false, depth: null };
  }
}
