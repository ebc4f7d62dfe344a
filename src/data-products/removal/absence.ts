import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { DataProductRow } from '../../database/schema.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { ifTold, ProductSource } from '../reconcile/product-source.js';
import { MissingStore } from './missing.store.js';
import { ProductRemoval } from './product-removal.js';

/** A look at a product that is not there, or is to go. */
export interface Leaving {
  ref: ProductRef;
  actor: RequestContext;
  /** Keeps the wish that these be looked at, too. */
  followUp: (this: void, refs: readonly ProductRef[]) => Promise<void>;
}

/**
 * What becomes of a product that its source does not have, or says to be going. Only the source's own word that it goes, or an
 * administrator's, ends anything: one that is merely not there is missing, and keeps all that it has.
 */
@Injectable()
export class Absence {
  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly missing: MissingStore,
    private readonly removal: ProductRemoval,
  ) {}

  /** The source does not have it. `braked`: nothing but an administrator's word ends anything. */
  async gone(look: Leaving, braked: boolean): Promise<Operation[]> {
    const row = await this.products.find(look.ref.id);
    if (!row) return [];
    if (row.state === 'deleted') return this.finish(row, look.actor);
    if (row.removal_confirmed_at !== null) return this.end(row, look, 'all');
    const ends = braked ? undefined : endOf(row);
    if (ends) return this.end(row, look, ends);
    const found = await this.missing.mark(row);
    return found ? [operationOf(row, 'skipped', 'The portal does not have it: nothing was taken')] : [];
  }

  /** The source says that it goes. Only when everything is taken away may it. `dataWaits`: who said so may not decide about its data. */
  async going(look: Leaving, dataWaits: boolean): Promise<Operation[]> {
    const row = await this.products.find(look.ref.id);
    if (row && row.state !== 'deleted') return this.end(row, look, dataWaits ? 'access' : 'all');
    const operations = row ? await this.finish(row, look.actor) : [];
    await this.source.removeFinalizer(look.ref);
    return operations;
  }

  /** Ids of the providers on whose data the consumer holds grants, and that are not among these. */
  async endingProviders(consumerSubject: string, approved: readonly string[]): Promise<string[]> {
    const granted = await this.missing.providersOf(consumerSubject);
    return granted.map(({ id }) => id).filter((id) => !approved.includes(id));
  }

  /** Those that the source does not have, or hides: that it lists no link to them does not say that it has ended the access. */
  async missingOf(providerIds: readonly string[]): Promise<string[]> {
    const found = await Promise.all(
      providerIds.map(async (id) =>
        (await ifTold(this.source.product({ kind: 'data_product', id }))) ? [] : [id],
      ),
    );
    return found.flat();
  }

  /** A provider that the source does not have, if it keeps what was made for it. */
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
    // before the grants go, which tell who they are: a crash in between must not leave the name in their projects
    if (row.subject_name !== null) await followUp(await this.products.consumersOf(row.subject_name));
    if (what === 'all') await this.removal.takeAway(row, actor);
    else await this.removal.endAccess(row, actor);
    await this.source.removeFinalizer(ref);
    const waits = what === 'access' && row.subject_name !== null && this.removal.takesData;
    await this.products.change(row.id, {
      deleted: true,
      data_waits: waits,
      reconciled: true,
      last_error: null,
    });
    return [operationOf(row, 'done')];
  }

  /** What is left to do for one that has no access any more. */
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

/** What ends for a product that is gone, by what the portal has said before; undefined: it has said nothing. */
function endOf(row: DataProductRow): 'access' | 'all' | undefined {
  // nothing was made, or what the portal said to be going was not taken away to the end
  if (row.subject_name === null || (row.deleting && row.finalizer)) return 'all';
  // where our finalizer stands the portal cannot have deleted the product without us
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
