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
import type { ProductRef } from '../portal/refs.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { isOver } from '../approved/ends.js';
import { Absence } from '../removal/absence.js';
import { ifTold, ProductSource } from '../reconcile/product-source.js';
import { Prefixes } from './prefixes.js';
import type { ProductProvider } from './product-access.js';

/** What a consumer is to reach, port by port and provider by provider. */
export interface DesiredProduct {
  ports: PortAccess[];
  providers: ProductProvider[];
  /** Providers that were never looked at. */
  also: ProductRef[];
}

/** The principal of a product. */
export function subjectOf({ id, namespace }: Pick<DataProductRow, 'id' | 'namespace'>): string {
  return productPrincipal(id, namespace ?? '');
}

/** Finds out what a consumer was approved for and what that is worth. */
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
   * Undefined: the consumer is gone. What the source cannot have ended goes on: a provider that is missing there takes its links along, which
   * nobody has revoked. What it hides of a port costs that port alone: it gives what it gave.
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
    // one that has gone meanwhile has no list of providers, which is not an empty one
    if (ending.length > 0 && !(await this.source.product(ref))) return undefined;
    for (const [id, ofIt] of byProvider) await this.add(id, ofIt, { spec, consumer });
    for (const id of await this.absence.missingOf(ending)) await this.add(id, [], { spec, consumer });
    spec.ports.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    return spec;
  }

  private async ending({ subject_name: name }: DataProductRow, approved: string[]): Promise<string[]> {
    return name === null ? [] : this.absence.endingProviders(name, approved);
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
    const { bucket } = this.config.products;
    const assets = hidden ? undefined : await ifTold(this.source.assetsOf(id));
    return approvals.map((each) =>
      assets && !each.recalled
        ? portAccess(each, { bucket, prefix }, assets.get(each.outputPortId) ?? [])
        : keptAccess(each, known),
    );
  }

  /** What the consumer had of a provider when that was last there, as long as it lasts. */
  private keptOf({ id, prefix }: DataProductRow, consumer: DataProductRow): PortAccess[] {
    const place = { bucket: this.config.products.bucket, prefix: prefix ?? '' };
    const known = portsOf(consumer).filter(({ provider_id }) => provider_id === id);
    if (known.length === 0)
      return [
        portAccess({ providerId: id, outputPortId: '', mode: null, since: null, until: null }, place, []),
      ];
    return known.filter(({ valid_until }) => !isOver(valid_until, new Date()));
  }

  /** A provider that has a prefix, or what is waited for. One that is looked at by itself and found ready is not asked for once more. */
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
    // one that is hidden is not looked at for that: it would say the same
    if (view !== undefined && row.state !== (view ? 'ready' : 'missing')) also.push(ref);
    if (row.prefix === null) return { waiting: 'the provider has no namespace yet' };
    return { row, view: view ? 'there' : view === null ? 'missing' : 'hidden' };
  }
}

type Found = { row: DataProductRow; view: 'there' | 'missing' | 'hidden' } | { waiting: string };

/** Its ports, and what each gave, at the last look. */
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
