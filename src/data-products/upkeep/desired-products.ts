import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow } from '../../database/schema.js';
import { productPrincipal } from '../../policy/names.js';
import {
  type Approval,
  keptAccess,
  type PortAccess,
  portAccess,
  recalled,
  unionOf,
  waitingFor,
} from '../approved/port-access.js';
import { schemaNames } from '../approved/schema-names.js';
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { isOver } from '../approved/ends.js';
import { Absence } from '../removal/absence.js';
import { ifTold, ProductSource } from '../reconcile/product-source.js';
import { Prefixes } from './prefixes.js';
import type { ProductProvider } from './product-access.js';

/** The desired access of a consumer, by port and by provider. */
export interface DesiredProduct {
  ports: PortAccess[];
  providers: ProductProvider[];
  /** Providers that must be reconciled, too. */
  also: ProductRef[];
}

/** The principal of a product. */
export function subjectOf({ id, namespace }: Pick<DataProductRow, 'id' | 'namespace'>): string {
  return productPrincipal(id, namespace ?? '');
}

/** Computes the desired access of a consumer from its approvals. */
@Injectable()
export class DesiredProducts {
  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly prefixes: Prefixes,
    private readonly absence: Absence,
    private readonly config: AppConfig,
  ) {}

  /**
   * Undefined if the consumer is gone. Access that the source cannot have ended continues: the links of a missing provider are missing,
   * too, but nobody revoked them. If the source hides data of a port, only this port is affected: it gives what it gave before.
   */
  async of(ref: ProductRef, consumer: DataProductRow): Promise<DesiredProduct | undefined> {
    const spec: DesiredProduct = { ports: [], providers: [], also: [] };
    const now = new Date();
    const approvals = recalled(await this.source.approvals(ref), portsOf(consumer)).filter(
      ({ until }) => !isOver(until, now),
    );
    const { hidden, byProvider } = sorted(approvals);
    spec.ports.push(...hidden.map((each) => keptAccess(each, [])));
    const ending = await this.ending(consumer, [...byProvider.keys()]);
    // a consumer that is gone by now has no list of providers, which differs from an empty list
    if (ending.length > 0 && !(await this.source.product(ref))) return undefined;
    for (const [id, ofIt] of byProvider) await this.add(id, ofIt, { spec, consumer });
    for (const id of await this.absence.missingOf(ending)) await this.add(id, [], { spec, consumer });
    spec.ports.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    return spec;
  }

  /** Two processes can reconcile a product at once: an older state that was written last is detected here. */
  async isOutdated(ref: ProductRef, consumer: DataProductRow, { ports }: DesiredProduct): Promise<boolean> {
    const view = await this.source.product(ref);
    if (!view || view.deleting) return true;
    const now = await this.of(ref, consumer);
    return JSON.stringify(now?.ports) !== JSON.stringify(ports);
  }

  private async ending(consumer: DataProductRow, approved: string[]): Promise<string[]> {
    const { subject_name: name } = consumer;
    const granted = name === null ? [] : await this.absence.endingProviders(name, approved);
    const read = portsOf(consumer).flatMap(({ provider_id: id, schema = null }) =>
      id !== null && schema !== null && !approved.includes(id) ? [id] : [],
    );
    return [...new Set([...granted, ...read])];
  }

  private async add(
    id: string,
    approvals: readonly Approval[],
    { spec, consumer }: { spec: DesiredProduct; consumer: DataProductRow },
  ): Promise<void> {
    const found = await this.provider({ kind: 'data_product', id }, spec.also, approvals.length > 0);
    if ('waiting' in found) {
      spec.ports.push(...approvals.map((each) => waitingFor(each, found.waiting)));
      return;
    }
    const { row, view } = found;
    const prefix = row.prefix ?? '';
    const ports =
      view === 'there' || (view === 'hidden' && approvals.length > 0)
        ? await this.portsOf(approvals, { id, prefix, hidden: view === 'hidden' }, portsOf(consumer))
        : this.keptOf(row, consumer);
    spec.ports.push(...ports);
    spec.providers.push({ subjectName: subjectOf(row), prefix, paths: unionOf(ports), ports });
  }

  private async portsOf(
    approvals: readonly Approval[],
    { id, prefix, hidden }: { id: string; prefix: string; hidden: boolean },
    known: readonly PortAccess[],
  ): Promise<PortAccess[]> {
    const { bucket, postgres } = this.config.products;
    const schema = postgres && { database: postgres.database, schema: schemaNames(prefix).schema };
    const assets = hidden ? undefined : await ifTold(this.source.assetsOf(id));
    return approvals.map((each) =>
      assets !== undefined && !each.recalled
        ? portAccess(each, { bucket, prefix, schema }, assets && (assets.get(each.outputPortId) ?? []))
        : keptAccess(each, known),
    );
  }

  /** The access that the consumer had when the provider was last there, unless it has ended. */
  private keptOf({ id, prefix }: DataProductRow, consumer: DataProductRow): PortAccess[] {
    const place = { bucket: this.config.products.bucket, prefix: prefix ?? '' };
    const known = portsOf(consumer).filter(({ provider_id }) => provider_id === id);
    if (known.length === 0)
      return [
        portAccess({ providerId: id, outputPortId: '', mode: null, since: null, until: null }, place, []),
      ];
    return known.filter(({ valid_until }) => !isOver(valid_until, new Date()));
  }

  /** A provider with a prefix, or the reason for waiting. A provider that its own reconciliation found ready is not requested again. */
  private async provider(ref: ProductRef, also: ProductRef[], listed: boolean): Promise<Found> {
    const there = await this.products.find(ref.id);
    if (there?.state === 'ready' && !there.deleting && there.prefix !== null && listed)
      return { row: there, view: 'there' };
    const view = await ifTold(this.source.product(ref));
    if (view?.deleting) return { waiting: 'the provider is being deleted' };
    const row = view
      ? await this.prefixes.pinned(await this.prefixes.known(ref), view.namespace)
      : await this.absence.stillHeld(ref);
    if (!row)
      return {
        waiting: view === null ? 'the portal does not know the provider' : 'the portal hides the provider',
      };
    if (row.state === 'rejected')
      return { waiting: `the provider is rejected: ${row.last_error ?? 'no prefix'}` };
    if (row.state === 'deleted') return { waiting: 'the provider is deleted' };
    // a hidden provider is not reconciled for this: the result would be the same
    if (view !== undefined && row.state !== (view ? 'ready' : 'missing')) also.push(ref);
    if (row.prefix === null) return { waiting: 'the provider has no namespace yet' };
    return { row, view: view ? 'there' : view === null ? 'missing' : 'hidden' };
  }
}

type Found = { row: DataProductRow; view: 'there' | 'missing' | 'hidden' } | { waiting: string };

/** Its ports, and what each gave, as of the last reconciliation. */
function portsOf({ approvals }: DataProductRow): PortAccess[] {
  return approvals as PortAccess[];
}

function sorted(approvals: readonly Approval[]) {
  const hidden: Approval[] = [];
  const byProvider = new Map<string, Approval[]>();
  for (const each of approvals) {
    if (each.providerId === null) hidden.push(each);
    else byProvider.set(each.providerId, [...(byProvider.get(each.providerId) ?? []), each]);
  }
  return { hidden, byProvider };
}

function keyOf({ provider_id, output_port_id }: PortAccess): string {
  return `${provider_id}/${output_port_id}`;
}
