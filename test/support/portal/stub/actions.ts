import { Events, type PortalDelivery } from '../deliveries.js';
import { PortalTeamActions } from './team-actions.js';
import { type Link, type OutputPort, type Product, Refused } from './world.js';

type Decision = 'approve' | 'deny' | 'revoke' | 'remove';

/**
 * What people do in a portal. Each action changes the world and gives the webhooks that a real portal of that version sends for it: v1 first,
 * then the v2 events, doubles and cascades included (0.7.0; 0.5.1 has v1 only). An action that the portal refuses is told by v1 alone.
 */
export class PortalActions extends PortalTeamActions {
  createProduct(given: Partial<Product> & { namespace: string }): PortalDelivery[] {
    return this.act({ method: 'POST', url: this.products() }, (events) => {
      const product = this.world.addProduct(given);
      events.product(product).productRole(product).productRole(product);
      return { response: { id: product.id } };
    });
  }

  createExploration(given: Partial<Product> & { namespace: string }): PortalDelivery[] {
    this.world.needs070('explorations');
    return this.act({ method: 'POST', url: '/api/v2/explorations' }, (events) => {
      const made = this.world.addProduct({ ...given, kind: 'exploration' });
      events.product(made);
      const { id, name, namespace, description, status, finalizers } = made;
      const domain = { id: made.domainId, name: 'Domain', description: 'd' };
      return { response: { id, name, namespace, description, domain, status, finalizers } };
    });
  }

  createOutputPort(given: Partial<OutputPort> & { providerId: string }): PortalDelivery[] {
    return this.act(
      { method: 'POST', url: `/api/v2/data_products/${given.providerId}/output_ports` },
      (events) => {
        const port = this.world.addPort(given);
        events.port(port).port(port).portRole(port).portRole(port);
        return { response: { id: port.id } };
      },
    );
  }

  requestAccess(consumerId: string, portIds: string | string[]): PortalDelivery[] {
    const verb = this.world.version === '0.5.1' ? 'link_input_ports' : 'input_ports';
    return this.act({ method: 'POST', url: `${this.consumer(consumerId)}/${verb}` }, (events) => {
      const links = [portIds].flat().map((id) => this.world.addLink(consumerId, id));
      const consumer = this.world.product(consumerId);
      for (const link of links) events.product(consumer).link(link).product(consumer).link(link);
      const ids = links.map(({ id }) => id);
      return {
        response: consumer.kind === 'exploration' ? { input_port_ids: ids } : { input_port_links: ids },
      };
    });
  }

  approve(consumerId: string, portId: string): PortalDelivery[] {
    return this.decide('approve', consumerId, portId, (link) => this.world.decide(link, 'approved'));
  }

  /** Of a request; of an approved link, too, in 0.5.1. */
  deny(consumerId: string, portId: string): PortalDelivery[] {
    return this.decide('deny', consumerId, portId, (link) => this.world.decide(link, 'denied'));
  }

  /** Looks like any other denial, but the grant stands. */
  denyRenewal(consumerId: string, portId: string): PortalDelivery[] {
    this.world.needs070('renewals');
    if (this.world.link(consumerId, portId).renewal !== 'pending')
      throw new Error('no renewal was asked for');
    return this.deny(consumerId, portId);
  }

  revoke(consumerId: string, portId: string): PortalDelivery[] {
    this.world.needs070('revocation');
    return this.decide('revoke', consumerId, portId, (link) => {
      link.status = 'revoked';
    });
  }

  remove(consumerId: string, portId: string): PortalDelivery[] {
    return this.decide('remove', consumerId, portId, ({ id }) => this.world.links.delete(id));
  }

  renew(consumerId: string, portId: string): PortalDelivery[] {
    return this.asConsumer('renew', consumerId, portId, (link) => {
      if (link.status === 'approved') link.renewal = 'pending';
      else link.status = 'pending';
    });
  }

  revokeAsConsumer(consumerId: string, portId: string): PortalDelivery[] {
    return this.asConsumer('revoke', consumerId, portId, (link) => {
      link.status = 'revoked';
    });
  }

  cancel(consumerId: string, portId: string): PortalDelivery[] {
    return this.asConsumer('cancel', consumerId, portId, (link) => {
      if (link.status === 'pending') link.status = 'cancelled';
      else if (link.renewal === 'pending') link.renewal = null;
      else throw new Refused(400, 'There is no pending request');
    });
  }

  removeAsConsumer(consumerId: string, portId: string): PortalDelivery[] {
    return this.act(
      { method: 'DELETE', url: `${this.consumer(consumerId)}/input_ports/${portId}` },
      (events) => {
        const link = this.world.link(consumerId, portId);
        events.link(link);
        this.world.links.delete(link.id);
      },
    );
  }

  /** Access that ends by its date: v1 never hears of it. */
  expire(consumerId: string, portId: string): PortalDelivery[] {
    this.world.needs070('ends of access');
    const link = this.world.link(consumerId, portId);
    link.status = 'expired';
    return new Events(this.world).link(link).all;
  }

  rename(id: string, namespace: string): PortalDelivery[] {
    return this.update(id, { namespace });
  }

  update(id: string, changes: Partial<Product>): PortalDelivery[] {
    return this.act({ method: 'PUT', url: `${this.products()}/${id}` }, (events) => {
      const product = Object.assign(this.world.product(id), changes);
      events.product(product);
      for (const port of this.world.portsOf(id)) events.port(port);
    });
  }

  deleteProduct(id: string): PortalDelivery[] {
    const url =
      this.world.products.get(id)?.kind === 'exploration' ? this.consumer(id) : `${this.products()}/${id}`;
    return this.act({ method: 'DELETE', url }, (events) => this.takeAway(id, events));
  }

  deleteOutputPort(id: string): PortalDelivery[] {
    const { providerId } = this.world.port(id);
    return this.act(
      { method: 'DELETE', url: `/api/v2/data_products/${providerId}/output_ports/${id}` },
      (events) => {
        const port = this.world.port(id);
        for (const link of this.world.linksOf(id)) events.link(link);
        events.portRole(port).port(port);
        this.world.deletePort(id);
      },
    );
  }

  addFinalizer(id: string, name: string): PortalDelivery[] {
    this.world.needs070('finalizers');
    return this.act({ method: 'POST', url: `${this.consumer(id)}/finalizers` }, (events) => {
      this.world.addFinalizer(id, name);
      events.product(this.world.product(id));
    });
  }

  removeFinalizer(id: string, name: string): PortalDelivery[] {
    this.world.needs070('finalizers');
    return this.act({ method: 'DELETE', url: `${this.consumer(id)}/finalizers/${name}` }, (events) => {
      const last = this.world.removeFinalizer(id, name);
      events.product(this.world.product(id));
      if (last) this.takeAway(id, events);
    });
  }

  private takeAway(id: string, events: Events): { status: number } {
    const product = this.world.product(id);
    if (product.finalizers.length === 0) {
      const ports = this.world.portsOf(id);
      events.productRole(product);
      for (const link of this.world.links.values())
        if (link.consumerId === id || ports.some((port) => port.id === link.portId)) events.link(link);
      for (const port of ports) events.portRole(port).port(port);
    }
    events.product(product);
    return { status: this.world.deleteProduct(id) ? 200 : 202 };
  }

  private decide(
    verb: Decision,
    consumerId: string,
    portId: string,
    change: (link: Link) => void,
  ): PortalDelivery[] {
    const { providerId } = this.world.port(portId);
    const url = `/api/v2/data_products/${providerId}/output_ports/${portId}/input_ports/${verb}`;
    return this.act({ method: 'POST', url }, (events) => {
      const link = this.world.link(consumerId, portId);
      change(link);
      events.link(link);
    });
  }

  private asConsumer(
    verb: string,
    consumerId: string,
    portId: string,
    change: (link: Link) => void,
  ): PortalDelivery[] {
    this.world.needs070(verb);
    const explores = this.world.products.get(consumerId)?.kind === 'exploration';
    return this.act(
      { method: 'POST', url: `${this.consumer(consumerId)}/input_ports/${portId}/${verb}` },
      (events) => {
        const link = this.world.link(consumerId, portId);
        change(link);
        events.link(link);
        return { response: { [explores ? 'input_port_id' : 'input_port_link']: link.id } };
      },
    );
  }
}
