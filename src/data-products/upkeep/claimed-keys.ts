import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { AccessKeys } from '../../credentials/access-keys.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { ProductOwners } from '../products/product-owners.js';

/** Removes claimed keys of people who are no longer owners of their product. */
@Injectable()
export class ClaimedKeys {
  constructor(
    private readonly products: DataProductsStore,
    private readonly owners: ProductOwners,
    private readonly accessKeys: AccessKeys,
  ) {}

  /** The claim is deleted after the key, so that a crash in between leads to a retry. The portal is asked only if keys are claimed. */
  async follow(ref: ProductRef, subjectName: string, context: RequestContext): Promise<void> {
    const held = await this.products.claims.of(ref.id);
    const former = await this.owners.formerOf(
      ref,
      held.flatMap(({ email }) => email ?? []),
    );
    const left = held.filter(({ email }) => email !== null && former.includes(email));
    const key = { kind: 'data_product', name: subjectName } as const;
    for (const claim of left) {
      await this.accessKeys.removeFrom(key, claim.access_key, context);
      await this.products.claims.remove(claim);
    }
  }
}
