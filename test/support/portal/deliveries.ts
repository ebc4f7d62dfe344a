import { createHmac, randomUUID } from 'node:crypto';
import { type Asset, type Link, type OutputPort, type PortalWorld, type Product } from './stub/world.js';

/** A webhook as a portal sends it; `path` is `/` for v1 and `/v2` for v2, as in the recorded ones. */
export interface PortalDelivery {
  path: '/' | '/v2';
  headers: Record<string, string>;
  raw: string;
}

const HEADERS = {
  Accept: '*/*',
  'Accept-Encoding': 'gzip, deflate',
  'User-Agent': 'python-httpx/0.28.1',
  'Content-Type': 'application/json',
};

/** One request that the portal has answered; an answer's body is told for POST only. */
export function exchange(
  call: { method: string; url: string; status?: number; response?: unknown },
  secret?: string,
): PortalDelivery {
  const { method, url, status = 200, response = null } = call;
  const told = method === 'POST' ? JSON.stringify(response) : '';
  const message = { method, url, query: '', response: told, status_code: status };
  const signed = Object.entries(message).map(([name, value]) => `"${name}": ${asciiJson(value)}`);
  const sign: Record<string, string> =
    secret === undefined ? {} : { Sign: hmac(`{${signed.join(', ')}}`, secret) };
  return { path: '/', headers: { ...HEADERS, ...sign }, raw: JSON.stringify(message) };
}

export function hmac(text: string, secret: string): string {
  return createHmac('sha512', secret).update(text).digest('hex');
}

function asciiJson(value: string | number): string {
  return [...JSON.stringify(value).split('')]
    .map((unit) => (unit < '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`))
    .join('');
}

type Data = Record<string, string>;

const USER = randomUUID();

/** CloudEvents of one request, each with an id of its own. */
export class Events {
  readonly all: PortalDelivery[] = [];

  constructor(private readonly world: PortalWorld) {}

  product(product: Product): this {
    const type = product.kind === 'exploration' ? 'exploration.event' : 'data_product.event';
    return this.add(type, { id: product.id });
  }

  productRole({ id, kind }: Product): this {
    if (kind === 'exploration') return this;
    return this.add('data_product_role_assignment.event', {
      id: randomUUID(),
      data_product_id: id,
      user_id: USER,
    });
  }

  port({ id, providerId }: OutputPort): this {
    return this.add('output_port.event', { id, data_product_id: providerId });
  }

  portRole({ id, providerId }: OutputPort): this {
    return this.add('output_port_role_assignment.event', {
      id: randomUUID(),
      output_port_id: id,
      data_product_id: providerId,
      user_id: USER,
    });
  }

  asset({ id, productId }: Asset): this {
    return this.add('technical_asset.event', { id, data_product_id: productId });
  }

  assetLink({ id, productId }: Asset, portId: string): this {
    return this.add('output_port_technical_asset_link.event', {
      id: randomUUID(),
      data_product_id: productId,
      output_port_id: portId,
      technical_asset_id: id,
    });
  }

  link({ id, consumerId }: Link): this {
    const explores = this.world.products.get(consumerId)?.kind === 'exploration';
    return this.add('input_port.event', {
      id,
      consuming_abstract_data_product_id: consumerId,
      consuming_abstract_data_product_type: explores ? 'explorations' : 'data_products',
    });
  }

  private add(type: string, data: Data): this {
    const event = {
      specversion: '1.0',
      id: randomUUID(),
      source: 'data-product-portal',
      type,
      time: new Date().toISOString().replace('Z', '000+00:00'),
      data,
    };
    this.all.push({ path: '/v2', headers: { ...HEADERS }, raw: JSON.stringify(event) });
    return this;
  }
}
