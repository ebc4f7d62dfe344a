import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { DataProductRow } from '../../database/schema.js';
import { soonestEnd } from '../approved/ends.js';
import type { ProductRef } from '../portal/refs.js';
import { ProductOutcomes } from '../products/product-outcomes.js';
import { ProductSource } from '../reconcile/product-source.js';
import { ProductAccess } from './product-access.js';
import { Upkeep } from './upkeep.js';
import { subjectOf, type DesiredProduct, DesiredProducts } from './desired-products.js';

/** The result of reconciling a product. */
export interface Made {
  changed: boolean;
  /** Products that must be reconciled, too. */
  also: ProductRef[];
}

/** A product to create or update. */
interface Making {
  row: DataProductRow;
  /** Our finalizer is set on it. */
  finalizer: boolean;
  actor: RequestContext;
}

/** Brings a product to the state that its source describes. */
@Injectable()
export class ProductMaking {
  constructor(
    private readonly source: ProductSource,
    private readonly outcomes: ProductOutcomes,
    private readonly specs: DesiredProducts,
    private readonly access: ProductAccess,
    private readonly upkeep: Upkeep,
  ) {}

  /** Undefined if the source changed in the meantime. */
  async make(ref: ProductRef, { row, finalizer, actor }: Making): Promise<Made | undefined> {
    const spec = await this.specs.of(ref, row);
    if (!spec) return undefined;
    const [subjectName, { prefix }] = [subjectOf(row), row];
    // recorded before the principal exists: an unrecorded principal would outlive the product
    if (row.subject_name !== subjectName || row.finalizer !== finalizer)
      await this.outcomes.begun(row, { subject_name: subjectName, finalizer });
    const changed = await this.access.apply({ subjectName, prefix, providers: spec.providers }, actor);
    if (changed && (await this.isOutdated(ref, row, spec))) return undefined;
    const kept = await this.upkeep.after(ref, row, { subjectName, providers: spec.providers, actor });
    const next_look_at = soonestEnd(spec.ports.map(({ valid_until }) => valid_until));
    await this.outcomes.ready(
      row,
      spec.ports,
      { ...kept, next_look_at, last_error: null, reconciled: true },
      actor,
    );
    return { changed, also: spec.also };
  }

  /** Two processes can reconcile a product at once: an older state that was written last is detected here. */
  private async isOutdated(
    ref: ProductRef,
    row: DataProductRow,
    { ports }: DesiredProduct,
  ): Promise<boolean> {
    const view = await this.source.product(ref);
    if (!view || view.deleting) return true;
    const now = await this.specs.of(ref, row);
    return JSON.stringify(now?.ports) !== JSON.stringify(ports);
  }
}
