import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { ProductRef } from '../portal/refs.js';
import { ProductSource } from '../reconcile/product-source.js';
import { DataProductsStore } from './data-products.store.js';

/** Who may be given a secret of a product: administrators, and its owners in the portal. */
@Injectable()
export class ProductOwners {
  constructor(
    private readonly products: DataProductsStore,
    private readonly source: ProductSource,
  ) {}

  /** The caller's address as an owner; null: an administrator. The same error for a product that does not exist, so that it reveals nothing. */
  async require(id: string, { caller }: RequestContext): Promise<string | null> {
    if (caller.admin) return null;
    const email = caller.verifiedEmail?.toLowerCase();
    const row = email === undefined ? undefined : await this.products.find(id);
    const owners = row ? await this.source.ownersOf({ kind: row.kind, id }) : [];
    if (email === undefined || !owners.includes(email))
      throw new Problem(
        'forbidden',
        'This needs an administrator, or an owner of the data product whose e-mail address was verified by the issuer of the token',
      );
    return email;
  }

  /** Those of these addresses that are no owner's any more. The portal is asked only if there are any. */
  async formerOf(ref: ProductRef, emails: readonly string[]): Promise<string[]> {
    if (emails.length === 0) return [];
    const owners = new Set(await this.source.ownersOf(ref));
    const left = emails.filter((email) => !owners.has(email));
    // a product that is missing by now has no owners; this does not mean that they left
    return left.length === 0 || !(await this.source.product(ref)) ? [] : left;
  }
}
