import { Injectable } from '@nestjs/common';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { Events } from '../../events/events.js';
import { ResourcesStore } from '../resources/resources.store.js';

/** Tells which resources a run has made. */
@Injectable()
export class ResourceEvents {
  constructor(
    private readonly resources: ResourcesStore,
    private readonly events: Events,
  ) {}

  /** Call it in the transaction that records the end of the run: `row` is the provision that carried it out. */
  async tellMade(runId: string, row: ProvisionRow, trx: Executor): Promise<void> {
    const actor = {
      ...{ name: row.requested_by, kind: row.requested_by_kind },
      requestId: row.request_id ?? row.correlation_id,
    };
    for (const made of await this.resources.madeBy(runId, trx)) {
      const { id, type, class: given, name, provider, application, team, team_id } = made;
      const facts = {
        ...{ resource: id, resource_type: type, resource_class: given ?? '' },
        ...{ resource_name: name ?? '', provider, application: application ?? '' },
      };
      const about = `resource:${id}`;
      const event = { event: 'resource.created', about, facts, team: { id: team_id, name: team } } as const;
      await this.events.tell(event, actor, trx);
    }
  }
}
