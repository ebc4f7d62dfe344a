import { Problem } from '../../common/problems/problem.js';
import type { ProviderPlace } from '../approved/asset-path.js';
import type { SchemaPlace } from '../approved/schema-asset.js';
import { isOver } from '../approved/ends.js';
import type { Approval, Asset } from '../approved/port-access.js';
import { type PortalClient, readyOf } from '../portal/portal.client.js';
import { PortalError } from '../portal/portal-error.js';
import type { ProductRef } from '../portal/refs.js';
import { ACTIONS, PORT_ACTIONS } from '../portal/rights.client.js';
import type { PortConsumer } from '../portal/shapes.js';
import { registerAssets, registerSchema } from '../registration/register-assets.js';
import { registerPort } from '../registration/register-port.js';
import { ProductSource, type ProductView, type SourceHealth } from './product-source.js';

/** Set on every product: the portal waits for us before it deletes one. */
const FINALIZER = 'minio-manager';
/** Ids that the portal's own migrations create. */
const COMMON = /^0{8}-0{4}-/;

const GIVE_RIGHTS =
  'Give the user of PORTAL_API_KEY (systemaccount@noreply.com for a static key) the role Admin in the portal; sample data removes it ' +
  '(it empties role_assignments_global): docs/data-products.md has the SQL';

/** Reads from the portal's API. Failures become problems: 503 for temporary ones, 502 if a repair is needed; both are retried. */
export class PortalSource extends ProductSource {
  /** `makesPorts`: it needs the rights for them. */
  constructor(
    private readonly portal: PortalClient,
    private readonly makesPorts: boolean,
  ) {
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

  /** The portal reports an end by date only once a day, so the date itself decides. */
  approvals(ref: ProductRef): Promise<Approval[]> {
    return asked(async () => {
      const [ports, now] = [await this.portal.inputPortsOf(ref), new Date()];
      return ports
        .filter(({ status, providerId }) => status === 'approved' && providerId !== ref.id)
        .map(({ providerId, outputPortId, mode, decidedOn, validUntil }) => ({
          providerId,
          outputPortId,
          mode: mode ?? null,
          since: decidedOn ?? null,
          until: validUntil ?? null,
        }))
        .filter(({ until }) => !isOver(until, now));
    });
  }

  assetsOf(providerId: string): Promise<ReadonlyMap<string, readonly Asset[]>> {
    return asked(async () => {
      const byPort = new Map<string, Asset[]>();
      for (const asset of (await this.portal.assets.of(providerId)) ?? []) {
        if (!asset.active) continue;
        for (const port of asset.ports) byPort.set(port, [...(byPort.get(port) ?? []), asset]);
      }
      return byPort;
    });
  }

  consumersOf(providerId: string, outputPortId: string): Promise<PortConsumer[]> {
    return asked(() => this.portal.consumersOfOutputPort(providerId, outputPortId));
  }

  ownersOf(ref: ProductRef): Promise<string[]> {
    return asked(() => this.portal.owners(ref));
  }

  all(): Promise<ProductRef[]> {
    return asked(async () => {
      const products = (await this.portal.productIds()).map(refOf('data_product'));
      return [...products, ...(await this.portal.explorationIds()).map(refOf('exploration'))];
    });
  }

  addFinalizer(ref: ProductRef): Promise<boolean> {
    return asked(async () => {
      const found = await this.read(ref);
      if (!found || found.status === 'deleting') return false;
      if (found.finalizers === null || found.finalizers.includes(FINALIZER)) return true;
      return this.portal.addFinalizer(ref, FINALIZER);
    });
  }

  async removeFinalizer(ref: ProductRef): Promise<void> {
    await asked(async () => {
      const found = await this.read(ref);
      if (found?.finalizers?.includes(FINALIZER)) await this.portal.removeFinalizer(ref, FINALIZER);
    });
  }

  /** Changes only a product that still has the initial lifecycle; the write sends a webhook back to us. */
  async ready(ref: ProductRef): Promise<void> {
    if (ref.kind !== 'data_product') return;
    await asked(async () => {
      const found = await this.read(ref);
      if (!found) return;
      const lifecycles = await this.portal.lifecycles();
      const [ready, { lifecycle }] = [readyOf(lifecycles), found];
      const untouched =
        lifecycle === null ||
        lifecycles.some(({ id, isDefault }) => isDefault && id === lifecycle.id && id !== ready);
      if (ready !== null && untouched) await this.portal.setLifecycle(found, ready);
    });
  }

  /** Empty if the key cannot read the lifecycles. Lifecycles that every portal has identify none, so they are left out. */
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

  /** Throws only temporary failures: a portal that rejects assets must not block a product. */
  register({ id }: ProductRef, place: ProviderPlace): Promise<string | null> {
    return orWhyNot(() => registerAssets(this.portal.assets, id, place));
  }

  registerSchema({ id }: ProductRef, place: SchemaPlace): Promise<string | null> {
    return orWhyNot(() => registerSchema(this.portal.assets, id, place));
  }

  registerPort({ id }: ProductRef, place: SchemaPlace): Promise<string | null> {
    return orWhyNot(() => registerPort(this.portal, id, place));
  }

  async describe(): Promise<SourceHealth> {
    const ready = await asked(() => this.portal.readyLifecycleId());
    const detail =
      ready === null
        ? 'The portal answers; it has no lifecycle named Ready, so products keep their lifecycle'
        : 'The portal answers';
    const rights = await asked(() =>
      Promise.all(
        Object.entries({ ...ACTIONS, ...(this.makesPorts && PORT_ACTIONS) }).map(
          async ([what, action]) => [what, await this.portal.rights.allows(action)] as const,
        ),
      ),
    );
    const denied = rights.filter(([, allowed]) => allowed === false).map(([what]) => what);
    if (denied.length > 0)
      return {
        configured: true,
        detail,
        trouble: { detail: `${detail}, but its key may not: ${denied.join('; ')}`, remedy: GIVE_RIGHTS },
      };
    const said = rights.some(([, allowed]) => allowed === undefined)
      ? `${detail}; this version does not report what its key may do`
      : `${detail}, and its key has the required permissions`;
    return { configured: true, detail: said };
  }

  private read({ kind, id }: ProductRef) {
    return kind === 'exploration' ? this.portal.exploration(id) : this.portal.product(id);
  }
}

function refOf(kind: ProductRef['kind']): (id: string) => ProductRef {
  return (id) => ({ kind, id });
}

async function orWhyNot(work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await asked(work);
  } catch (error) {
    if (error instanceof Problem && error.code === 'portal_error') return error.message;
    throw error;
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
