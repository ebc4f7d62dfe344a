import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { busy, KeyedQueue } from '../../common/turns/keyed-queue.js';
import { currentLine } from '../../common/turns/line.js';
import type { DataProductRow } from '../../database/schema.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import { DataProductsStore } from '../products/data-products.store.js';
import type { ProductRef } from '../portal/refs.js';
import { Absence } from '../removal/absence.js';
import { Prefixes } from '../upkeep/prefixes.js';
import { ProductMaking } from '../upkeep/product-making.js';
import { ProductSource, type ProductView } from './product-source.js';

/** Enqueues the reconciliation of these products, too. */
export type FollowUp = (refs: readonly ProductRef[]) => Promise<void>;

/** How often a reconciliation restarts because the source changed in the meantime. */
const MAX_ROUNDS = 5;
/** Reconciliations of one product that may wait for each other, and the maximum wait in milliseconds: a failed one is retried anyway. */
const TURN_LIMITS = { atOnce: 1, maxWaiting: 100 };
const WAIT_MS = 60_000;

/**
 * Brings one product to the state that its source describes. Level-triggered: the cause of a run does not matter, and repeating it changes
 * nothing. A product's first namespace is its prefix permanently.
 */
@Injectable()
export class ProductReconciler {
  /** Without it, a resync and the product's own provision could create the same things at the same time, and notify the portal twice. */
  readonly #turns = new KeyedQueue(TURN_LIMITS);

  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly prefixes: Prefixes,
    private readonly making: ProductMaking,
    private readonly absence: Absence,
  ) {}

  /** The completed operations. `braked`: only removals that an administrator confirmed. Throws `busy` if the source keeps changing. */
  async reconcile(
    ref: ProductRef,
    context: RequestContext,
    followUp: FollowUp,
    braked = false,
  ): Promise<Operation[]> {
    const leave = await this.#turns.enter(ref.id, currentLine(), WAIT_MS);
    try {
      for (let looks = 0; looks < MAX_ROUNDS; looks += 1) {
        const operations = await this.reconcileOnce(ref, context, followUp, braked);
        if (operations) return operations;
      }
      throw busy();
    } finally {
      leave();
    }
  }

  /** Undefined if the source changed in the meantime. */
  private async reconcileOnce(
    said: ProductRef,
    context: RequestContext,
    followUp: FollowUp,
    braked: boolean,
  ): Promise<Operation[] | undefined> {
    const { ref, view } = await this.seen(said);
    if (!view) return this.absence.gone({ ref, actor: context, followUp }, braked);
    if (braked) return [];
    if (view.deleting) return this.absence.going({ ref, actor: context, followUp }, view.dataWaits ?? false);
    const known = await this.prefixes.known(ref);
    if (known.state === 'deleted') return [];
    const { name, namespace: portal_namespace } = view;
    if (known.name !== name || known.portal_namespace !== portal_namespace)
      await this.products.describe(ref.id, { name, portal_namespace });
    const row = await this.prefixes.pinned(known, view.namespace);
    if (row.state === 'rejected') return [];
    if (view.finalizer === false && !(await this.source.addFinalizer(ref))) return undefined;
    const made = await this.making.make(ref, { row, finalizer: view.finalizer !== null, actor: context });
    if (!made) return undefined;
    await followUp(made.also);
    return [operationOf(row, 'change', made.changed ? 'done' : 'unchanged')];
  }

  /**
   * Asks the source for the product, by the stored kind: a request with another kind ends nothing. An unknown product is asked for by the
   * given kind, then by the other one, so that a wrong kind does not block the right one.
   */
  private async seen(said: ProductRef): Promise<{ ref: ProductRef; view: ProductView | null }> {
    const row = await this.products.find(said.id);
    const ref: ProductRef = { kind: row?.kind ?? said.kind, id: said.id };
    const view = await this.source.product(ref);
    if (view || row) return { ref, view };
    const other = {
      id: said.id,
      kind: said.kind === 'exploration' ? 'data_product' : 'exploration',
    } as const;
    const found = await this.source.product(other);
    return found ? { ref: other, view: found } : { ref, view };
  }
}

function operationOf(
  { id, kind }: DataProductRow,
  action: Operation['action'],
  status: Operation['status'],
): Operation {
  return { entitlement: { type: kind, id }, action, status };
}
