import type { Approval } from '../approved/port-access.js';
import type { DataProductsStore } from '../products/data-products.store.js';
import type { ProductRef } from '../portal/refs.js';
import { namespaceProblem } from '../project/project-name.js';
import { ProductSource, type ProductView, type SourceHealth } from './product-source.js';

/** The state from past deliveries, if no portal can be asked. */
export class StandaloneSource extends ProductSource {
  constructor(private readonly products: DataProductsStore) {
    super();
  }

  /** If only the id of a product is known, the id is its namespace, too, if it is a valid one. */
  async product({ id }: ProductRef): Promise<ProductView | null> {
    const row = await this.products.find(id);
    if (!row) return null;
    const namespace = row.portal_namespace ?? (namespaceProblem(id) ? null : id);
    const deleting = row.deleting || row.state === 'deleted';
    return { name: row.name, namespace, deleting, dataWaits: !row.deletion_told, finalizer: null };
  }

  async approvals({ id }: ProductRef): Promise<Approval[]> {
    const ports = await this.products.portsOf(id);
    return ports
      .filter(({ provider_id }) => provider_id !== id)
      .map(({ provider_id, output_port_id, updated_at }) => ({
        providerId: provider_id,
        outputPortId: output_port_id,
        mode: null,
        since: updated_at.toISOString(),
        until: null,
      }));
  }

  assetsOf(): Promise<null> {
    return Promise.resolve(null);
  }

  consumersOf(): Promise<[]> {
    return Promise.resolve([]);
  }

  ownersOf(): Promise<string[]> {
    return Promise.resolve([]);
  }

  marks(): Promise<string[]> {
    return Promise.resolve([]);
  }

  describe(): Promise<SourceHealth> {
    return Promise.resolve({ configured: false, detail: 'Not configured (PORTAL_API_URL)' });
  }

  register(): Promise<null> {
    return Promise.resolve(null);
  }

  registerSchema(): Promise<null> {
    return Promise.resolve(null);
  }

  registerPort(): Promise<null> {
    return Promise.resolve(null);
  }

  all(): Promise<ProductRef[]> {
    return Promise.resolve([]);
  }

  addFinalizer(): Promise<boolean> {
    return Promise.resolve(true);
  }

  removeFinalizer(): Promise<void> {
    return Promise.resolve();
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}
