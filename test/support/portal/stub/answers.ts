import { createHash } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import { type Asset, type Link, type PortalWorld, type Product } from './world.js';

const PLATFORM = { id: randomUUID(), name: 'AWS' };

const USER = { has_seen_tour: true, can_become_admin: false, first_name: 'A', last_name: 'B' };
/** Users have UUIDs. */
export function idOfUser(email: string): string {
  const digits = createHash('sha256').update(email).digest('hex');
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join('-');
}

const user = (email: string) => ({ id: idOfUser(email), email, external_id: email, ...USER });

/** What the portal answers to reads, in the shape of its version. */
export class PortalAnswers {
  constructor(private readonly world: PortalWorld) {}

  product(product: Product): object {
    const { id, name, description, namespace, status, typeId, domainId, tagIds, lifecycleId, finalizers } =
      product;
    const domain = { id: domainId, name: 'Domain', description: 'd' };
    const common = { id, name, description, namespace, status, domain };
    if (product.kind === 'exploration')
      return { ...common, finalizers, owner: user(product.owners[0] ?? 'nobody') };
    return {
      ...common,
      tags: tagIds.map((tag) => ({ id: tag, value: 'tag' })),
      usage: null,
      type: { id: typeId, name: 'Type', description: 't', icon_key: 'default' },
      lifecycle: this.world.lifecycles.find((each) => each.id === lifecycleId) ?? null,
      about: null,
      ...(this.world.version === '0.5.1' ? { data_product_settings: [] } : { finalizers }),
    };
  }

  listed(product: Product): object {
    const counts = { user_count: 1, input_port_count: 0, technical_asset_count: 0 };
    return { ...this.product(product), about: undefined, ...counts };
  }

  /** One of a consumer's input ports. */
  ofConsumer(link: Link): object {
    const port = this.world.port(link.portId);
    const outputPort = {
      id: port.id,
      name: port.name,
      namespace: port.name,
      description: 'd',
      status: 'active',
      access_type: port.unrestricted ? 'unrestricted' : 'restricted',
      data_product_id: port.providerId,
      tags: [],
    };
    if (this.world.version === '0.5.1') return { ...this.old(link), input_port: outputPort };
    const shown = this.world.hiddenPorts.has(port.id) ? null : outputPort;
    return { ...this.current(link), output_port_id: port.id, output_port: shown };
  }

  /** One of an output port's consumers. */
  ofPort(link: Link): object {
    const consumer = this.world.product(link.consumerId);
    const { name, namespace, kind } = consumer;
    if (this.world.version === '0.5.1') {
      const { providerId } = this.world.port(link.portId);
      const inputPort = { id: link.portId, name: 'port', data_product_id: providerId };
      return { ...this.old(link), data_product: { id: consumer.id, name, namespace }, input_port: inputPort };
    }
    const type = kind === 'exploration' ? 'explorations' : 'data_products';
    if (this.world.hidden.has(consumer.id))
      return {
        ...this.current(link),
        consuming_abstract_data_product_id: consumer.id,
        consuming_abstract_data_product: null,
      };
    return {
      ...this.current(link),
      consuming_abstract_data_product_id: consumer.id,
      consuming_abstract_data_product: { name, namespace, abstract_data_product_type: type },
    };
  }

  /** The owners, and others who are none: of another role, undecided. */
  roles(product: Product): object[] {
    const owner = {
      id: 'r1',
      name: 'Owner',
      scope: 'data_product',
      prototype: 2,
      permissions: [],
      description: '',
    };
    const reader = { ...owner, id: 'r2', name: 'Owner of nothing', prototype: 0 };
    const assigned = (email: string, role: object, decision: string) => ({
      id: `a-${email}`,
      data_product: { id: product.id, name: product.name, namespace: product.namespace },
      user: user(email),
      role,
      decision,
      requested_on: null,
      requested_by: null,
      decided_on: null,
      decided_by: null,
    });
    return [
      ...product.owners.map((email) => assigned(email, owner, 'approved')),
      assigned('reader@example.org', reader, 'approved'),
      assigned('hopeful@example.org', owner, 'pending'),
    ];
  }

  private old({ id, consumerId, portId, status }: Link): object {
    return { id, justification: 'why', data_product_id: consumerId, output_port_id: portId, status };
  }

  asset({ id, productId, namespace, type, bucket, suffix, path, place, status, links }: Asset): object {
    return {
      ...{ id, name: namespace, description: 'd', namespace, owner_id: productId, status },
      ...{ platform_id: PLATFORM.id, service_id: this.world.services[place ? 2 : 1]!.id },
      technical_mapping: place ? 'custom' : 'default',
      configuration: { configuration_type: type, ...(place ?? { bucket, suffix, path }) },
      output_port_links: links.map(({ portId, status: decision }) => ({
        id: `link-${id}-${portId}`,
        output_port_id: portId,
        technical_asset_id: id,
        status: decision,
      })),
      tags: [],
      sourceAligned: false,
      ...(this.world.version === 'main' ? { access_modes: [] } : {}),
    };
  }

  platforms(): object[] {
    return this.world.services.map((service) => ({
      id: `config-${service.id}`,
      platform: PLATFORM,
      service: { ...service, platform: PLATFORM },
      config: ['data-products'],
    }));
  }

  private current({ id, status, renewal, validUntil, validFrom, mode }: Link): object {
    const request = {
      id: `request-${id}`,
      justification: 'why',
      valid_from: validFrom,
      valid_until: validUntil,
      access_duration_type: validUntil === null ? 'permanent' : 'time_bound',
      requested_by: user('someone@example.org'),
      decision: status === 'pending' ? 'pending' : 'approved',
      created_on: '2026-11-21T20:32:00Z',
      requested_on: '2026-11-21T20:32:00Z',
      ...(this.world.version === 'main'
        ? { access_mode: mode === null ? null : { id: `mode-${mode}`, name: mode, description: 'd' } }
        : {}),
    };
    return { id, status, current_request: request, renewal_status: renewal };
  }
}
