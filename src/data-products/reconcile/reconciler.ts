import { Injectable } from '@nestjs/common';
import type { RequestActor } from '../../auth/authenticated.js';
import { busy } from '../../common/turns/keyed-queue.js';
import type { DataProductRow } from '../../database/schema.js';
import { productPrincipal } from '../../policy/names.js';
import type { Operation } from '../../provisioning/kinds/kind.js';
import { DataProductsStore } from '../products/data-products.store.js';
import type { ProductRef } from '../portal/refs.js';
import { namespaceProblem } from '../project/project-name.js';
import { ProductAccess, type Provider } from './product-access.js';
import { Absence } from '../removal/absence.js';
import { ProductSource, type ProductView } from './product-source.js';
import { Projects } from './projects.js';

/** Keeps the wish that these be looked at, too. */
export type FollowUp = (refs: readonly ProductRef[]) => Promise<void>;

/** How often one look begins anew because the source has changed its mind meanwhile. */
const MOST_LOOKS = 5;

const REJECTED = {
  namespace: 'its namespace can be no prefix of a bucket',
  taken: 'its namespace is that of another data product',
};

/**
 * Makes for one product what its source says that it should have. Level-triggered: what led to it plays no part, and doing it again changes
 * nothing. The first namespace of a product is its prefix for good.
 */
@Injectable()
export class ProductReconciler {
  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly access: ProductAccess,
    private readonly projects: Projects,
    private readonly absence: Absence,
  ) {}

  /** What was done. `braked`: nothing but what an administrator has confirmed. Throws `busy` when the source does not come to rest. */
  async reconcile(
    ref: ProductRef,
    actor: RequestActor,
    followUp: FollowUp,
    braked = false,
  ): Promise<Operation[]> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const operations = await this.look(ref, actor, followUp, braked);
      if (operations) return operations;
    }
    throw busy();
  }

  /** Undefined: what was seen is no longer so. */
  private async look(
    said: ProductRef,
    actor: RequestActor,
    followUp: FollowUp,
    braked: boolean,
  ): Promise<Operation[] | undefined> {
    const { ref, view } = await this.seen(said);
    if (!view) return this.absence.gone({ ref, actor, followUp }, braked);
    if (braked) return [];
    if (view.deleting) return this.absence.going({ ref, actor, followUp }, view.dataWaits ?? false);
    const known = await this.known(ref);
    if (known.state === 'deleted') return [];
    const { name, namespace: portal_namespace } = view;
    if (known.name !== name || known.portal_namespace !== portal_namespace)
      await this.products.describe(ref.id, { name, portal_namespace });
    const row = await this.pinned(known, view.namespace);
    if (row.state === 'rejected') return [];
    if (view.finalizer === false && !(await this.source.hold(ref))) return undefined;
    const also: ProductRef[] = [];
    const ids = await this.source.providersOf(ref);
    const { subjectName } = this.subjectOf(row);
    const subject = { subjectName };
    const ending = row.subject_name === null ? [] : await this.absence.endingProviders(subjectName, ids);
    // one that has gone meanwhile has no list of providers, which is not an empty one
    if (ending.length > 0 && !(await this.source.product(ref))) return undefined;
    const providers = await this.providersOf(ref, [...ids, ...(await this.absence.missingOf(ending))], also);
    const { prefix } = row;
    // before there is one: a principal that nobody knows of would outlive the product
    const finalizer = view.finalizer !== null;
    if (row.subject_name !== subjectName || row.finalizer !== finalizer)
      await this.products.change(row.id, { subject_name: subjectName, finalizer });
    const changed = await this.access.apply({ ...subject, prefix, providers }, actor);
    if (changed && (await this.isOutdated(ref, ids))) return undefined;
    const project =
      prefix === null ? null : await this.projects.ensure(subject.subjectName, prefix, providers);
    if (!row.ready_set) {
      await this.source.ready(ref);
      await this.products.change(row.id, { ready_set: true });
    }
    await this.products.change(row.id, { state: 'ready', project, last_error: null, reconciled: true });
    await followUp(also);
    return [operationOf(row, 'change', changed ? 'done' : 'unchanged')];
  }

  /**
   * What the source says of the product, asked by the kind that we hold: another's word for it ends nothing. One that is not held is asked
   * for by the word that was used, then by the other, so that a wrong word does not keep out the right one.
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

  /** Two may look at a product at once: what was seen first and written last is seen again. */
  private async isOutdated(ref: ProductRef, ids: readonly string[]): Promise<boolean> {
    const view = await this.source.product(ref);
    if (!view || view.deleting) return true;
    const now = new Set(await this.source.providersOf(ref));
    return now.size !== ids.length || ids.some((id) => !now.has(id));
  }

  /** Its row, made if there is none. Most looks find all as it should be: they write nothing but that they were there. */
  private async known(ref: ProductRef): Promise<DataProductRow> {
    const row = await this.products.find(ref.id);
    return row && row.state !== 'deleted' ? row : this.products.ensure(ref);
  }

  /** With its namespace, if it has one by now and may have it. */
  private async pinned(row: DataProductRow, namespace: string | null): Promise<DataProductRow> {
    if (row.namespace !== null) return row;
    // an exploration only reads: it has no prefix, whatever the portal calls it
    if (row.kind === 'exploration' || namespace === null) return row;
    if (namespaceProblem(namespace)) return this.reject(row, REJECTED.namespace);
    const prefix = await this.freePrefix(row.id, namespace);
    if (await this.products.pin(row.id, namespace, prefix))
      return { ...row, namespace, prefix, state: 'pending' };
    const now = await this.products.find(row.id);
    return now?.namespace === namespace ? now : this.reject(row, REJECTED.taken);
  }

  private async reject(row: DataProductRow, why: string): Promise<DataProductRow> {
    await this.products.change(row.id, { state: 'rejected', last_error: why, reconciled: true });
    return { ...row, state: 'rejected' };
  }

  /** Providers that have a prefix; one that was never looked at gets its row, and its turn. */
  private async providersOf(
    ref: ProductRef,
    ids: readonly string[],
    also: ProductRef[],
  ): Promise<Provider[]> {
    const providers: Provider[] = [];
    for (const id of ids) {
      if (id === ref.id) continue;
      const provider: ProductRef = { kind: 'data_product', id };
      const view = await this.source.product(provider);
      if (view?.deleting) continue;
      const row = view
        ? await this.pinned(await this.known(provider), view.namespace)
        : await this.absence.stillHeld(provider);
      if (!row || row.state === 'rejected' || row.state === 'deleted') continue;
      if (row.state !== (view ? 'ready' : 'missing')) also.push(provider);
      const { prefix } = row;
      if (prefix !== null) providers.push({ ...this.subjectOf(row), prefix });
    }
    return providers;
  }

  private subjectOf({ id, namespace }: DataProductRow): { subjectName: string } {
    return { subjectName: productPrincipal(id, namespace ?? '') };
  }

  /** The namespace; where a product has data under it already, be it gone, one that nobody has used. */
  private async freePrefix(id: string, namespace: string): Promise<string> {
    if (!(await this.products.isTaken(namespace))) return namespace;
    return `${namespace}-${productPrincipal(id, namespace).slice(-6)}`;
  }
}

function operationOf(
  { id, kind }: DataProductRow,
  action: Operation['action'],
  status: Operation['status'],
): Operation {
  return { entitlement: { type: kind, id }, action, status };
}
