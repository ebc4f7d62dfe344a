import { randomUUID } from 'node:crypto';
import { type PortalVersion } from '../recorded.js';

export interface Product {
  id: string;
  kind: 'data_product' | 'exploration';
  name: string;
  namespace: string;
  description: string;
  status: string;
  finalizers: string[];
  lifecycleId: string;
  typeId: string;
  domainId: string;
  tagIds: string[];
  owners: string[];
}

export interface OutputPort {
  id: string;
  providerId: string;
  name: string;
  /** Unique among all ports. */
  namespace: string;
  /** Ids of users. */
  owners: string[];
  /** Requests for it are approved at once. */
  unrestricted: boolean;
}

export interface Link {
  id: string;
  consumerId: string;
  portId: string;
  status: 'pending' | 'approved' | 'denied' | 'expired' | 'revoked' | 'cancelled';
  renewal: 'pending' | 'denied' | null;
  validUntil: string | null;
  /** Name of the access mode that was chosen (after 0.7). */
  mode: string | null;
  /** The day of its approval. */
  validFrom: string | null;
}

/** A technical asset, here always of type S3 unless it is said. Of one of type PostgreSQL, `place` is where it is. */
export interface Asset {
  id: string;
  productId: string;
  namespace: string;
  type: string;
  bucket: string;
  suffix: string;
  path: string;
  place?: { database: string; schema: string; table: string; access_granularity: string };
  status: 'pending' | 'active' | 'archived';
  links: { portId: string; status: 'pending' | 'approved' | 'denied' }[];
}

/** A request that the portal refuses, with the words it has for that. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The day on which everything is approved here. */
export const TODAY = new Date().toISOString().slice(0, 10);

/** What a portal knows, and the rules by which it changes, as observed on 0.5.1, 0.7.0 and main. */
export class PortalWorld {
  readonly products = new Map<string, Product>();
  readonly ports = new Map<string, OutputPort>();
  readonly links = new Map<string, Link>();
  readonly assets = new Map<string, Asset>();
  /** What the platforms are that technical assets can be of. */
  readonly services = [
    { id: randomUUID(), name: 'Glue' },
    { id: randomUUID(), name: 'S3' },
    { id: randomUUID(), name: 'PostgreSQL' },
  ];
  /** Numbers of the actions that the key may not do. */
  readonly denied = new Set<number>();
  /** Ids of consumers of whom nothing but the id is told. */
  readonly hidden = new Set<string>();
  /** Ids of output ports of whom nothing but the id is told to those who were approved for them. */
  readonly hiddenPorts = new Set<string>();
  readonly lifecycles = [
    { id: randomUUID(), name: 'Draft', value: 0, color: 'grey', is_default: true },
    { id: randomUUID(), name: 'Ready', value: 50, color: 'green', is_default: false },
  ];

  constructor(readonly version: PortalVersion) {}

  /** What only newer portals can do. */
  needs070(what: string): void {
    if (this.version === '0.5.1') throw new Error(`a portal 0.5.1 knows no ${what}`);
  }

  get readyId(): string {
    return this.lifecycles[1]!.id;
  }

  product(id: string): Product {
    const found = this.products.get(id);
    if (!found) throw new Refused(404, 'Data Product not found');
    return found;
  }

  port(id: string): OutputPort {
    const found = this.ports.get(id);
    if (!found) throw new Refused(404, 'Output port not found');
    return found;
  }

  link(consumerId: string, portId: string): Link {
    const found = [...this.links.values()].find(
      (each) => each.consumerId === consumerId && each.portId === portId,
    );
    if (!found) throw new Refused(404, 'Data product input port not found');
    return found;
  }

  linksOf(portId: string): Link[] {
    return [...this.links.values()].filter((each) => each.portId === portId);
  }

  portsOf(providerId: string): OutputPort[] {
    return [...this.ports.values()].filter((each) => each.providerId === providerId);
  }

  addProduct(given: Partial<Product> & { namespace: string }): Product {
    for (const { namespace } of this.products.values())
      if (namespace === given.namespace) throw new Refused(400, 'Invalid namespace: DUPLICATE');
    const product: Product = {
      id: randomUUID(),
      kind: 'data_product',
      name: given.namespace,
      description: `All about ${given.namespace}`,
      status: 'active',
      finalizers: [],
      lifecycleId: this.lifecycles[0]!.id,
      typeId: randomUUID(),
      domainId: randomUUID(),
      tagIds: [],
      owners: ['owner@example.org'],
      ...given,
    };
    this.products.set(product.id, product);
    return product;
  }

  addPort(given: Partial<OutputPort> & { providerId: string }): OutputPort {
    this.product(given.providerId);
    const id = randomUUID();
    const port = { id, name: 'port', namespace: `port-${id}`, owners: [], unrestricted: false, ...given };
    this.ports.set(port.id, port);
    return port;
  }

  addLink(consumerId: string, portId: string, id: string = randomUUID()): Link {
    this.product(consumerId);
    const { unrestricted } = this.port(portId);
    const known = [...this.links.values()].find(
      (each) => each.consumerId === consumerId && each.portId === portId,
    );
    if (known && ['pending', 'approved'].includes(known.status))
      throw new Refused(400, `Input port ${portId} already exists in data product ${consumerId}`);
    const status = unrestricted ? ('approved' as const) : ('pending' as const);
    const none = { renewal: null, validUntil: null, mode: null, validFrom: null };
    const link: Link = { id: known?.id ?? id, consumerId, portId, status, ...none };
    if (unrestricted) link.validFrom = TODAY;
    this.links.set(link.id, link);
    return link;
  }

  /** Places are unique: no two assets of a type have the same. */
  addAsset(given: Partial<Asset> & { productId: string; path: string }): Asset {
    const { namespace } = this.product(given.productId);
    const own = {
      id: randomUUID(),
      namespace: given.path.replaceAll('/', '-'),
      bucket: 'data-products',
      suffix: namespace,
    };
    const rest = { type: 'S3TechnicalAssetConfiguration', status: 'active' as const, links: [] };
    const asset: Asset = { ...own, ...rest, ...given };
    const where = ({ type, bucket, suffix, path, place }: Asset) =>
      JSON.stringify([type, place ?? [bucket, suffix, path]]);
    for (const other of this.assets.values()) {
      if (where(other) === where(asset))
        throw new Refused(400, 'A technical asset with this configuration exists');
      if (other.productId === asset.productId && other.namespace === asset.namespace)
        throw new Refused(400, 'Invalid namespace: DUPLICATE');
    }
    this.assets.set(asset.id, asset);
    return asset;
  }

  assetsOf(productId: string): Asset[] {
    return [...this.assets.values()].filter((each) => each.productId === productId);
  }

  decide(link: Link, decision: 'approved' | 'denied'): void {
    // 0.5.1 denies what it has approved; later versions decide on requests only, of which a renewal is one
    if (this.version === '0.5.1' && decision === 'denied') link.status = 'denied';
    else if (link.status === 'pending') {
      link.status = decision;
      if (decision === 'approved') link.validFrom = TODAY;
    } else if (link.renewal === 'pending') {
      link.renewal = decision === 'denied' ? 'denied' : null;
      if (decision === 'approved') link.status = 'approved';
    } else throw new Refused(400, 'There is no pending request');
  }

  /** Whether the product is gone now; otherwise it waits for its finalizers. */
  deleteProduct(id: string): boolean {
    const product = this.product(id);
    if (product.finalizers.length > 0) {
      product.status = 'deleting';
      return false;
    }
    for (const port of this.portsOf(id)) this.deletePort(port.id);
    for (const asset of this.assetsOf(id)) this.assets.delete(asset.id);
    for (const link of [...this.links.values()]) if (link.consumerId === id) this.links.delete(link.id);
    this.products.delete(id);
    return true;
  }

  deletePort(id: string): void {
    for (const link of this.linksOf(id)) this.links.delete(link.id);
    for (const asset of this.assets.values()) asset.links = asset.links.filter(({ portId }) => portId !== id);
    this.ports.delete(id);
  }

  addFinalizer(id: string, name: string): void {
    const product = this.product(id);
    if (product.status === 'deleting') throw new Refused(409, 'Data product is being deleted');
    if (!product.finalizers.includes(name)) product.finalizers.push(name);
  }

  /** Whether the product's deletion, for which the finalizer was the last hindrance, is to be completed. */
  removeFinalizer(id: string, name: string): boolean {
    const product = this.product(id);
    if (!product.finalizers.includes(name)) throw new Refused(404, `Finalizer '${name}' not found`);
    product.finalizers = product.finalizers.filter((each) => each !== name);
    return product.status === 'deleting' && product.finalizers.length === 0;
  }
}
