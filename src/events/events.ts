import { Injectable } from '@nestjs/common';
import type { Actor } from '../common/caller.js';
import type { Executor } from '../database/schema.js';
import { Provisions } from '../provisioning/records/provisions.js';
import { EVENT_KIND, type WorkflowEvent } from './event.js';
import { EventsStore } from './events.store.js';

/** Records what starts workflows. */
@Injectable()
export class Events {
  constructor(
    private readonly store: EventsStore,
    private readonly provisions: Provisions,
  ) {}

  /**
   * Records an event in the caller's transaction, if a provider has a workflow that it starts. The actor is who caused it: the requester of
   * the runs.
   */
  async tell({ event, about, facts, team }: WorkflowEvent, actor: Actor, trx: Executor): Promise<void> {
    const { wanted, depth } = await this.store.look(event, actor.requestId, trx);
    if (!wanted) return;
    const input = { event, about, facts, depth: (depth ?? -1) + 1, ...(team ? { team } : {}) };
    const subject = `event:${about}`;
    await this.provisions.accept({ kind: EVENT_KIND, subject, input, origin: 'workflow' }, actor, trx);
  }
}
