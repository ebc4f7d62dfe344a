import { API, PRODUCTS, segment, succeeded } from './answers.js';
import type { PortalHttp } from './http.js';
import { type PortalPort, Shapes } from './shapes.js';

/** An output port to create. */
export interface NewPort {
  name: string;
  /** Unique among all output ports of the portal. */
  namespace: string;
  description: string;
  /** Ids of users; the portal accepts no port without an owner. */
  owners: readonly string[];
}

/** Output ports of data products, and the people that own the products. Throws {@link PortalError}. */
export class PortsClient {
  constructor(private readonly http: PortalHttp) {}

  async of(productId: string): Promise<PortalPort[]> {
    const doing = "reading a data product's output ports";
    const answer = await this.http.call({ method: 'GET', path: portsOf(productId), doing });
    const shapes = new Shapes(doing);
    return shapes
      .list(shapes.object(succeeded(answer, doing))['output_ports'])
      .map((each) => shapes.outputPort(each));
  }

  /** Creates a port whose consumers need an approval each, and returns its id. */
  async create(productId: string, { owners, ...port }: NewPort): Promise<string> {
    const doing = 'creating an output port';
    const body = {
      ...port,
      access_type: 'restricted',
      ...{ data_product_access_duration_type: 'permanent', exploration_access_duration_type: 'permanent' },
      ...{ tag_ids: [], owners },
    };
    const answer = await this.http.call({ method: 'POST', path: portsOf(productId), doing, body });
    const shapes = new Shapes(doing);
    return shapes.id(shapes.object(succeeded(answer, doing))['id']);
  }

  /** Asks for a link of a technical asset to a port; it gives nothing until it is approved. */
  async requestLink(productId: string, portId: string, assetId: string): Promise<void> {
    await this.link(productId, portId, { assetId, verb: 'add' });
  }

  async approveLink(productId: string, portId: string, assetId: string): Promise<void> {
    await this.link(productId, portId, { assetId, verb: 'approve_link_request' });
  }

  /** Ids of the users with an approved assignment of the role Owner. */
  async ownerIds(productId: string): Promise<string[]> {
    const doing = "reading a data product's owners";
    const answer = await this.http.call({ method: 'GET', path: ownersPath(productId), doing });
    const owners = new Shapes(doing).owners(succeeded(answer, doing), productId);
    return [...new Set(owners.map(({ id }) => id))];
  }

  private async link(
    productId: string,
    portId: string,
    { assetId, verb }: { assetId: string; verb: 'add' | 'approve_link_request' },
  ): Promise<void> {
    const doing =
      verb === 'add' ? 'linking a technical asset' : 'approving the link of its own technical asset';
    const path = `${portsOf(productId)}/${segment(portId)}/technical_assets/${verb}`;
    const body = { technical_asset_id: assetId };
    succeeded(await this.http.call({ method: 'POST', path, doing, body }), doing);
  }
}

/** Where the portal tells who owns a product. */
export function ownersPath(productId: string): string {
  return `${API}/authz/role_assignments/data_product?data_product_id=${segment(productId)}&decision=approved`;
}

function portsOf(productId: string): string {
  return `${PRODUCTS}/${segment(productId)}/output_ports`;
}
