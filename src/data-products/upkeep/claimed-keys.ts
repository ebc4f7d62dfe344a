import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { ProductSource } from '../reconcile/product-source.js';

/** Removes claimed keys of people who are no longer owners of their product. */
@Injectable()
export class ClaimedKeys {
  constructor(
    private readonly products: DataProductsStore,
    private readonly source: ProductSource,
    private readonly accessKeys: AccessKeys,
  ) {}

  /** The claim is deleted after the key, so that a crash in between leads to a retry. The portal is asked only if keys are claimed. */
  async follow(ref: ProductRef, subjectName: string, context: RequestContext): Promise<void> {
    const held = (await this.products.claims.of(ref.id)).filter(({ email }) => email !== null);
    if (held.length === 0) return;
    const owners = new Set(await this.source.ownersOf(ref));
    const left = held.filter(({ email }) => email !== null && !owners.has(email));
    // a product that is missing by now has no owners; this does not mean that they left
    if (left.length === 0 || !(await this.source.product(ref))) return;
    const key = { kind: 'data_product', name: subjectName } as const;
    for (const claim of left) {
      await this.accessKeys.removeFrom(key, claim.access_key, context);
      await this.products.claims.remove(claim);
    }
  }
}
