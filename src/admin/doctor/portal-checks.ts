import { Injectable } from '@nestjs/common';
import { ProductSource } from '../../data-products/reconcile/product-source.js';
import { type Check, type Checks, ok } from './check.js';

/** The Data Product Portal. */
@Injectable()
export class PortalChecks implements Checks {
  constructor(private readonly products: ProductSource) {}

  list(): Check[] {
    return [['portal', async () => ok(await this.products.describe())]];
  }
}
