import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { DataProductRow } from '../../database/schema.js';
import { soonestEnd } from '../approved/ends.js';
import type { ProductRef } from '../portal/refs.js';
import { ProductOutcomes } from '../products/product-outcomes.js';
import { ProductSchemas } from '../schemas/product-schemas.js';
import { ProductAccess } from './product-access.js';
import { Upkeep } from './upkeep.js';
import { subjectOf, DesiredProducts } from './desired-products.js';

/** When a product is looked at again whose part in PostgreSQL has a problem: nothing tells that it is solved. */
const AGAIN_MS = 300_000;

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
    private readonly outcomes: ProductOutcomes,
    private readonly specs: DesiredProducts,
    private readonly access: ProductAccess,
    private readonly schemas: ProductSchemas,
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
    const database = await this.schemas.follow(row, subjectName, spec.providers);
    if ((changed || database.changed) && (await this.specs.isOutdated(ref, row, spec))) return undefined;
    const kept = await this.upkeep.after(ref, row, {
      ...{ subjectName, providers: spec.providers, schema: database.place, actor },
    });
    const soonest = soonestEnd(spec.ports.map(({ valid_until }) => valid_until));
    await this.outcomes.ready(
      row,
      spec.ports,
      {
        ...kept,
        next_look_at: database.problem === null ? soonest : sooner(soonest, new Date(Date.now() + AGAIN_MS)),
        last_error: database.failure?.message ?? null,
        reconciled: true,
      },
      actor,
    );
    // everything else is done: only what is in PostgreSQL is repeated
    if (database.failure) throw database.failure;
    return { changed: changed || database.changed, also: [...spec.also, ...database.also] };
  }
}

function sooner(one: Date | null, other: Date): Date {
  return one !== null && one < other ? one : other;
}
