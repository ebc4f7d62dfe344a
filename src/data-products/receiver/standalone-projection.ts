import { Injectable } from '@nestjs/common';
import type { Executor } from '../../database/schema.js';
import { DataProductsStore } from '../products/data-products.store.js';
import type { ProductRef } from '../portal/refs.js';
import type { Hint } from '../webhooks/hint.js';

/** Stores deliveries as facts, because no portal can be asked. The methods return the affected products. */
@Injectable()
export class StandaloneProjection {
  constructor(private readonly products: DataProductsStore) {}

  /** `authentic`: only the portal can have sent the delivery. */
  async take(hint: Hint, authentic: boolean, trx: Executor): Promise<ProductRef[]> {
    if ('ref' in hint && (await this.isAnother(hint.ref, trx))) return [];
    switch (hint.about) {
      case 'product':
        return hint.event === 'deleted' ? this.deleted(hint.ref, authentic, trx) : this.said(hint, trx);
      case 'output_port':
        return this.port(hint, trx);
      case 'consumer':
        return this.consumer(hint, trx);
      default:
        // names no product, and there is no portal to ask
        return [];
    }
  }

  /** Products of which an owner holds a key, or knows the password of the login in PostgreSQL. */
  async heldByOwners(trx: Executor): Promise<ProductRef[]> {
    const claimed = await this.products.claims.ofOwners(trx);
    const shown = await this.products.shownLogins.ofOwners(trx);
    return this.refs([...new Set([...claimed, ...shown])], trx);
  }

  /** A delivery about an exploration does not concern a data product with the same id, nor the reverse: the stored kind decides. */
  private async isAnother({ kind, id }: ProductRef, trx: Executor): Promise<boolean> {
    const row = await this.products.find(id, trx);
    return row !== undefined && row.kind !== kind;
  }

  private async said(
    { ref, namespace, event }: Extract<Hint, { about: 'product' }>,
    trx: Executor,
  ): Promise<ProductRef[]> {
    if (event !== 'created' && namespace === undefined)
      return (await this.products.find(ref.id, trx)) ? [ref] : [];
    await this.products.ensure(ref, trx);
    if (namespace !== undefined) await this.products.describe(ref.id, { portal_namespace: namespace }, trx);
    return [ref];
  }

  private async deleted(ref: ProductRef, authentic: boolean, trx: Executor): Promise<ProductRef[]> {
    const row = await this.products.find(ref.id, trx);
    const consumers = await this.products.disallow({ providerId: ref.id }, trx);
    await this.products.disallow({ consumerId: ref.id }, trx);
    if (!row) return this.refs(consumers, trx);
    // only the portal or an administrator can decide about data
    const told = authentic ? { deletion_told: true } : {};
    await this.products.describe(ref.id, { deleting: true, ...told }, trx);
    return [{ kind: row.kind, id: row.id }, ...(await this.refs(consumers, trx))];
  }

  private async port(
    { providerId, outputPortId, event, consumer }: Extract<Hint, { about: 'output_port' }>,
    trx: Executor,
  ): Promise<ProductRef[]> {
    if (event === 'approved') {
      if (!consumer || outputPortId === undefined) return [];
      const provider: ProductRef = { kind: 'data_product', id: providerId };
      await this.products.ensure(provider, trx);
      const { kind } = await this.products.ensure(consumer, trx);
      await this.products.allow({ providerId, outputPortId, consumerId: consumer.id }, trx);
      return [{ kind, id: consumer.id }, provider];
    }
    // a denial on a readable port denies a renewal: the existing grant stays. Only newer senders name the consumer that loses access; if
    // none is named, all consumers of the port lose it: access ends too early rather than too late
    if (event !== 'revoked' && event !== 'removed' && event !== 'deleted') return [];
    const of = { providerId, outputPortId, consumerId: event === 'deleted' ? undefined : consumer?.id };
    return this.refs(await this.products.disallow(given(of), trx), trx);
  }

  private async consumer(
    { ref, outputPortId, event }: Extract<Hint, { about: 'consumer' }>,
    trx: Executor,
  ): Promise<ProductRef[]> {
    if (event !== 'revoked' && event !== 'removed') return [];
    return this.refs(await this.products.disallow(given({ consumerId: ref.id, outputPortId }), trx), trx);
  }

  private async refs(ids: readonly string[], trx: Executor): Promise<ProductRef[]> {
    const rows = await Promise.all(ids.map((id) => this.products.find(id, trx)));
    return rows.flatMap((row) => (row ? [{ kind: row.kind, id: row.id }] : []));
  }
}

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
