import { randomUUID } from 'node:crypto';
import { Events, exchange, type PortalDelivery } from '../deliveries.js';
import { type Asset, type PortalWorld, Refused } from './world.js';

export type Call = Parameters<typeof exchange>[0];

/** What people do with the technical assets and the teams of products, and how any action is told. */
export class PortalTeamActions {
  constructor(
    readonly world: PortalWorld,
    private readonly secret?: string,
  ) {}

  /** Made by a product's owner in the web page, or by this service. */
  addAsset(given: Partial<Asset> & { productId: string; path: string }): {
    asset: Asset;
    deliveries: PortalDelivery[];
  } {
    const asset = this.world.addAsset(given);
    const url = `/api/v2/data_products/${given.productId}/technical_assets/`;
    const deliveries = this.act({ method: 'POST', url }, (events) => {
      events.asset(asset).asset(asset);
      return { response: { id: asset.id } };
    });
    return { asset, deliveries };
  }

  /** Asked for, and decided at once unless it is to wait. */
  linkAsset(
    asset: Asset,
    portId: string,
    status: 'pending' | 'approved' | 'denied' = 'approved',
  ): PortalDelivery[] {
    const verb = status === 'approved' ? 'approve_link_request' : 'add';
    const url = `/api/v2/data_products/${asset.productId}/output_ports/${portId}/technical_assets/${verb}`;
    return this.act({ method: 'POST', url }, (events) => {
      asset.links = [...asset.links.filter((each) => each.portId !== portId), { portId, status }];
      events.assetLink(asset, portId).assetLink(asset, portId);
      return { response: { id: `link-${asset.id}` } };
    });
  }

  unlinkAsset(asset: Asset, portId: string): PortalDelivery[] {
    const url = `/api/v2/data_products/${asset.productId}/output_ports/${portId}/technical_assets/remove`;
    return this.act({ method: 'DELETE', url }, (events) => {
      events.assetLink(asset, portId);
      asset.links = asset.links.filter((each) => each.portId !== portId);
    });
  }

  setAssetStatus(asset: Asset, status: Asset['status']): PortalDelivery[] {
    const url = `/api/v2/data_products/${asset.productId}/technical_assets/${asset.id}/status`;
    return this.act({ method: 'PUT', url }, (events) => {
      asset.status = status;
      events.asset(asset);
    });
  }

  /** Gives a product another team: each change is a request of its own, and a DELETE names nobody. */
  setOwners(id: string, owners: string[]): PortalDelivery[] {
    const product = this.world.product(id);
    const gone = product.owners.filter((each) => !owners.includes(each));
    const come = owners.filter((each) => !product.owners.includes(each));
    product.owners = owners;
    const base = '/api/v2/authz/role_assignments/data_product';
    return [
      ...gone.flatMap(() =>
        this.act(
          { method: 'DELETE', url: `${base}/${randomUUID()}` },
          (events) => void events.productRole(product),
        ),
      ),
      ...come.flatMap((email) =>
        this.act({ method: 'POST', url: base }, (events) => {
          events.productRole(product).productRole(product);
          const { name, namespace } = product;
          return { response: { id: randomUUID(), data_product: { id, name, namespace }, user: { email } } };
        }),
      ),
    ];
  }

  protected act(call: Call, change: (events: Events) => Partial<Call> | void): PortalDelivery[] {
    const events = new Events(this.world);
    try {
      const answer = change(events) ?? {};
      const told = exchange({ ...call, ...answer }, this.secret);
      if (this.world.version === 'main') return events.all;
      return this.world.version === '0.5.1' ? [told] : [told, ...events.all];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const response = { correlation_id: '0'.repeat(32), detail: error.message };
      return this.world.version === 'main'
        ? []
        : [exchange({ ...call, status: error.status, response }, this.secret)];
    }
  }

  /** 0.5.1 still answered its first addresses, and its web page used them. */
  protected products(): string {
    return this.world.version === '0.5.1' ? '/api/data_products' : '/api/v2/data_products';
  }

  protected consumer(id: string): string {
    return `/api/v2/${this.world.products.get(id)?.kind === 'exploration' ? 'explorations' : 'data_products'}/${id}`;
  }
}
