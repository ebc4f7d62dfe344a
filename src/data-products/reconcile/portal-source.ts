import { Problem } from '../../common/problems/problem.js';
import type { PortalClient } from '../portal/portal.client.js';
import { PortalError } from '../portal/portal-error.js';
import type { ProductRef } from '../portal/refs.js';
import { ProductSource, type ProductView } from './product-source.js';

/** Registered with every product: the portal waits for us before one goes. */
const FINALIZER = 'minio-manager';
/** Ids that the portal's own migrations write. */
const COMMON = /^0{8}-0{4}-/;

/** What the portal's own API says. Its failures pass as problems: 503 what may pass, 502 what somebody must mend; both are tried again. */
export class PortalSource extends ProductSource {
  constructor(private readonly portal: PortalClient) {
    super();
  }

  product(ref: ProductRef): Promise<ProductView | null> {
    return asked(async () => {
      const found = await this.read(ref);
      if (!found) return null;
      const { name, namespace, status, finalizers } = found;
      const finalizer = finalizers?.includes(FINALIZER) ?? null;
      return { name, namespace, deleting: status === 'deleting', finalizer };
    });
  }

  providersOf(ref: ProductRef): Promise<string[]> {
    return asked(async () => {
      const ports = await this.portal.inputPortsOf(ref);
      const approved = ports.filter(
        ({ status, providerId }) => status === 'approved' && providerId !== ref.id,
      );
      return [...new Set(approved.map(({ providerId }) => providerId))];
    });
  }

  consumersOf(providerId: string, outputPortId: string): Promise<ProductRef[]> {
    return asked(async () => {
      const ports = await this.portal.inputPortsOfOutputPort(providerId, outputPortId);
      return ports.map(({ consumer }) => consumer);
    });
  }

  ownersOf(ref: ProductRef): Promise<string[]> {
    return asked(() => this.portal.owners(ref));
  }

  all(): Promise<ProductRef[]> {
    return asked(async () =>
      (await this.portal.productIds()).map((id): ProductRef => ({ kind: 'data_product', id })),
    );
  }

  hold(ref: ProductRef): Promise<boolean> {
    return asked(async () => {
      const found = await this.read(ref);
      if (!found || found.status === 'deleting') return false;
      if (found.finalizers === null || found.finalizers.includes(FINALIZER)) return true;
      return this.portal.addFinalizer(ref, FINALIZER);
    });
  }

  async letGo(ref: ProductRef): Promise<void> {
    await asked(async () => {
      const found = await this.read(ref);
      if (found?.finalizers?.includes(FINALIZER)) await this.portal.removeFinalizer(ref, FINALIZER);
    });
  }

  /** Only if it is not ready yet: the write sends a webhook back to us. */
  async ready(ref: ProductRef): Promise<void> {
    if (ref.kind !== 'data_product') return;
    await asked(async () => {
      const [found, ready] = [await this.read(ref), await this.portal.readyLifecycleId()];
      if (found && ready !== null && found.lifecycle?.id !== ready)
        await this.portal.setLifecycle(found, ready);
    });
  }

  /** Who may not read the lifecycles learns nothing; one that every portal is made with tells nothing. */
  async marks(): Promise<string[]> {
    try {
      return (await this.portal.lifecycles())
        .map(({ id }) => id)
        .filter((id) => !COMMON.test(id))
        .sort();
    } catch (error) {
      if (error instanceof PortalError && !error.retryable) return [];
      return asked(() => Promise.reject(error as Error));
    }
  }

  async describe(): Promise<string> {
    const ready = await asked(() => this.portal.readyLifecycleId());
    return ready === null
      ? 'The portal answers; it has no lifecycle named Ready, so products stay in the one they have'
      : 'The portal answers';
  }

  private read({ kind, id }: ProductRef) {
    return kind === 'exploration' ? this.portal.exploration(id) : this.portal.product(id);
  }
}

async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    throw new Problem(error.retryable ? 'portal_unavailable' : 'portal_error', error.message, {
      cause: error,
    });
  }
}
