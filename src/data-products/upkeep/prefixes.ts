import { Injectable } from '@nestjs/common';
import type { DataProductRow } from '../../database/schema.js';
import { productPrincipal } from '../../policy/names.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { namespaceProblem, prefixCandidates } from '../project/project-name.js';

const REJECTED = 'its namespace cannot be a prefix of a bucket';

/** Rows of products, and their permanent prefixes: the first namespace, or, if another product has it, a prefix derived from it. */
@Injectable()
export class Prefixes {
  constructor(private readonly products: DataProductsStore) {}

  /** The product's row, created if there is none. Most reconciliations find no difference, and write only their time. */
  async known(ref: ProductRef): Promise<DataProductRow> {
    const row = await this.products.find(ref.id);
    return row && row.state !== 'deleted' ? row : this.products.ensure(ref);
  }

  /** The row with its namespace and prefix, if it can have them and they are known. */
  async pinned(row: DataProductRow, namespace: string | null): Promise<DataProductRow> {
    if (row.namespace !== null) return row;
    // an exploration only reads: it has no prefix, whatever its name in the portal
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
