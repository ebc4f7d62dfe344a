import { Injectable } from '@nestjs/common';
import type { DataProductRow } from '../../database/schema.js';
import { productPrincipal } from '../../policy/names.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { namespaceProblem, prefixCandidates } from '../project/project-name.js';

const REJECTED = 'its namespace can be no prefix of a bucket';

/** Rows of products, and the prefix that each gets for good: its first namespace, or where that is another's, one made of it. */
@Injectable()
export class Prefixes {
  constructor(private readonly products: DataProductsStore) {}

  /** Its row, made if there is none. Most looks find all as it should be: they write nothing but that they were there. */
  async known(ref: ProductRef): Promise<DataProductRow> {
    const row = await this.products.find(ref.id);
    return row && row.state !== 'deleted' ? row : this.products.ensure(ref);
  }

  /** With its namespace and prefix, if it has them by now and may have them. */
  async pinned(row: DataProductRow, namespace: string | null): Promise<DataProductRow> {
    if (row.namespace !== null) return row;
    // an exploration only reads: it has no prefix, whatever the portal calls it
    if (row.kind === 'exploration' || namespace === null) return row;
    if (namespaceProblem(namespace)) return this.reject(row);
    const digits = productPrincipal(row.id, namespace).split('-').at(-1) ?? '';
    for (const prefix of prefixCandidates(namespace, digits)) {
      if (await this.products.pin(row.id, namespace, prefix))
        return { ...row, namespace, prefix, state: 'pending' };
      const now = await this.products.find(row.id);
      if (now && now.namespace !== null) return now;
    }
    return this.reject(row);
  }

  private async reject(row: DataProductRow): Promise<DataProductRow> {
    await this.products.change(row.id, { state: 'rejected', last_error: REJECTED, reconciled: true });
    return { ...row, state: 'rejected' };
  }
}
