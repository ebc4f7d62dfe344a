import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { DataProductRow } from '../../database/schema.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { ProductOutcomes } from '../products/product-outcomes.js';
import { ifTold, ProductSource } from '../reconcile/product-source.js';
import { MissingStore } from './missing.store.js';
import { ProductRemoval } from './product-removal.js';

/** The reconciliation of a product that is missing or being deleted. */
export interface Leaving {
  ref: ProductRef;
  actor: RequestContext;
  /** Enqueues the reconciliation of these products, too. */
  followUp: (this: void, refs: readonly ProductRef[]) => Promise<void>;
}

/**
 * Handles a product that its source does not have, or reports as being deleted. Only such a report, or an administrator, ends anything: a
 * product that is only absent is marked as missing, and keeps everything.
 */
@Injectable()
export class Absence {
  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly missing: MissingStore,
    private readonly removal: ProductRemoval,
    private readonly outcomes: ProductOutcomes,
  ) {}

  /** The source does not have the product. `braked`: only an administrator's confirmation ends anything. */
  async gone(leaving: Leaving, braked: boolean): Promise<Operation[]> {
    const row = await this.products.find(leaving.ref.id);
    if (!row) return [];
    if (row.state === 'deleted') return this.finish(row, leaving.actor);
    if (row.removal_confirmed_at !== null) return this.end(row, leaving, 'all');
    const ends = braked ? undefined : endOf(row);
    if (ends) return this.end(row, leaving, ends);
    const found = await this.missing.mark(row);
    return found ? [operationOf(row, 'skipped', 'The portal does not have it: nothing was removed')] : [];
  }

  /** The source reports the deletion, which completes after all resources are removed. `dataWaits`: the sender cannot decide about data. */
  async going(leaving: Leaving, dataWaits: boolean): Promise<Operation[]> {
    const row = await this.products.find(leaving.ref.id);
    if (row && row.state !== 'deleted') return this.end(row, leaving, dataWaits ? 'access' : 'all');
    const operations = row ? await this.finish(row, leaving.actor) : [];
    await this.source.removeFinalizer(leaving.ref);
    return operations;
  }

  /** Ids of the providers on whose data the consumer holds grants, without the approved ones. */
  async endingProviders(consumerSubject: string, approved: readonly string[]): Promise<string[]> {
    const granted = await this.missing.providersOf(consumerSubject);
    return granted.map(({ id }) => id).filter((id) => !approved.includes(id));
  }

  /** The providers that the source does not have, or hides. If it lists no link to them, this does not mean that it ended the access. */
  async missingOf(providerIds: readonly string[]): Promise<string[]> {
    const found = await Promise.all(
      providerIds.map(async (id) =>
        (await ifTold(this.source.product({ kind: 'data_product', id }))) ? [] : [id],
      ),
    );
    return found.flat();
  }

  /** A provider that the source does not have, if its resources are kept. */
  async stillHeld({ id }: ProductRef): Promise<DataProductRow | undefined> {
    const row = await this.products.find(id);
    return row && row.subject_name !== null && !row.deleting ? row : undefined;
  }

  private async end(
    row: DataProductRow,
    { ref, actor, followUp }: Leaving,
    what: 'access' | 'all',
  ): Promise<Operation[]> {
    await this.products.describe(ref.id, { deleting: true });
    // before the grants are removed, because they identify the consumers: a crash in between must not leave the name in their projects
    await followUp(await this.products.consumers.of(row));
    if (what === 'all') await this.removal.takeAway(row, actor);
    else await this.removal.endAccess(row, actor);
    await this.source.removeFinalizer(ref);
    const waits = what === 'access' && row.subject_name !== null && this.removal.takesData;
    await this.outcomes.deleted(row, { data_waits: waits, reconciled: true, last_error: null }, actor);
    return [operationOf(row, 'done')];
  }

  /** Completes the remaining work for a product whose access has ended. */
  private async finish(row: DataProductRow, context: RequestContext): Promise<Operation[]> {
    if (!row.data_waits) {
      await this.removal.again(row, context);
      return [];
    }
    if (row.removal_confirmed_at === null) return [];
    await this.removal.takeData(row, context);
    await this.missing.dataTaken(row.id);
    return [operationOf(row, 'done')];
  }
}

/** What ends for a product that is gone, according to earlier reports of the portal; undefined if there are none. */
function endOf(row: DataProductRow): 'access' | 'all' | undefined {
  // nothing was created, or a removal that the portal reported is unfinished
  if (row.subject_name === null || (row.deleting && row.finalizer)) return 'all';
  // the portal cannot have deleted a product that has our finalizer
  if (row.deletion_told && !row.finalizer) return 'access';
  return row.deleting ? 'all' : undefined;
}

function operationOf({ id, kind }: DataProductRow, status: Operation['status'], message?: string): Operation {
  return {
    entitlement: { type: kind, id },
    action: 'remove',
    status,
    ...(message === undefined ? {} : { message }),
  };
}
