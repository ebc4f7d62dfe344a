import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { Database, type DataProductRow, type Executor } from '../../database/schema.js';
import { Events } from '../../events/events.js';
import type { PortAccess } from '../approved/port-access.js';
import { DataProductsStore } from './data-products.store.js';

/** What is stored of a product whose reconciliation is done. */
export type Outcome = Parameters<DataProductsStore['change']>[1];

/** Stores how reconciliations end, and tells what is new with it: products that were made and deleted, and consumers that may read. */
@Injectable()
export class ProductOutcomes {
  constructor(
    private readonly db: Database,
    private readonly products: DataProductsStore,
    private readonly events: Events,
  ) {}

  /** Recorded before anything is made. */
  begun({ id }: DataProductRow, change: Pick<Outcome, 'subject_name' | 'finalizer'>): Promise<void> {
    return this.products.change(id, change);
  }

  /** The product is as its source describes it; `ports` is what it may read of others. */
  async ready(
    row: DataProductRow,
    ports: readonly PortAccess[],
    outcome: Outcome,
    actor: Actor,
  ): Promise<void> {
    const approvals = JSON.stringify(ports);
    const isSame = approvals === JSON.stringify(row.approvals);
    const change: Outcome = { ...outcome, state: 'ready', ...(isSame ? {} : { approvals }) };
    // most reconciliations find nothing new: they are one statement
    if (!isNew(row) && newPorts(row, ports).length === 0) return this.products.change(row.id, change);
    await this.db.transaction().execute(async (trx) => {
      const before = await this.products.lock(row.id, trx);
      await this.products.change(row.id, change, trx);
      if (isNew(before) && isTold(before)) await this.tell('data_product.created', before, actor, trx);
      for (const port of newPorts(before, ports)) await this.tellApproved(before, port, actor, trx);
    });
  }

  /** What was made for the product is gone. */
  async deleted(row: DataProductRow, outcome: Outcome, actor: Actor): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const before = await this.products.lock(row.id, trx);
      await this.products.change(row.id, { ...outcome, deleted: true }, trx);
      if (before.state !== 'deleted' && before.subject_name !== null && isTold(before))
        await this.tell('data_product.deleted', before, actor, trx);
    });
  }

  private async tell(
    event: 'data_product.created' | 'data_product.deleted',
    { id, name, namespace, prefix }: DataProductRow,
    actor: Actor,
    trx: Executor,
  ): Promise<void> {
    const facts = { data_product: id, name: name ?? '', namespace: namespace ?? '', prefix: prefix ?? '' };
    await this.events.tell({ event, about: aboutOf(id), facts }, actor, trx);
  }

  private async tellApproved(
    consumer: DataProductRow,
    { provider_id: id, output_port_id: output_port, permission }: PortAccess,
    actor: Actor,
    trx: Executor,
  ): Promise<void> {
    const provider = await this.products.find(id ?? '', trx);
    if (!provider) return;
    const facts = {
      ...{ data_product: provider.id, namespace: provider.namespace ?? '', prefix: provider.prefix ?? '' },
      ...{ output_port, permission, consumer: consumer.id, consumer_kind: consumer.kind },
      consumer_namespace: consumer.namespace ?? '',
    };
    const event = { event: 'data_product.approved', about: aboutOf(provider.id), facts } as const;
    await this.events.tell(event, actor, trx);
  }
}

/** Explorations only read. */
function isTold({ kind }: DataProductRow): boolean {
  return kind === 'data_product';
}

function isNew({ state }: DataProductRow): boolean {
  return state === 'pending' || state === 'rejected';
}

/** The ports that give something now, and did not before. */
function newPorts({ approvals }: DataProductRow, ports: readonly PortAccess[]): PortAccess[] {
  const before = new Set((approvals as PortAccess[]).filter(gives).map(keyOf));
  return ports.filter((port) => gives(port) && !before.has(keyOf(port)));
}

function gives({ provider_id: id, paths, schema = null, waiting }: PortAccess): boolean {
  return id !== null && waiting === null && (paths.length > 0 || schema !== null);
}

function keyOf({ provider_id, output_port_id, permission }: PortAccess): string {
  return JSON.stringify([provider_id, output_port_id, permission]);
}

function aboutOf(id: string): string {
  return `data_product:${id}`;
}
