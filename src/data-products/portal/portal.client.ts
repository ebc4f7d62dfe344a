import {
  addressOf,
  API,
  hasNoSuchRoute,
  PRODUCTS,
  saysWhatIsMissing,
  segment,
  succeeded,
} from './answers.js';
import { AssetsClient } from './assets.client.js';
import { PortalHttp, type PortalOptions } from './http.js';
import { ownersPath, PortsClient } from './ports.client.js';
import { unreadable } from './portal-error.js';
import { RightsClient } from './rights.client.js';
import { isUuid, type ProductRef, readId } from './refs.js';
import { type PortalInputPort, type PortalProduct, type PortConsumer, Shapes } from './shapes.js';

const READY = 'ready';

/** The part of the Data Product Portal's API that access to data needs. It retries nothing. Every method throws {@link PortalError}. */
export class PortalClient {
  readonly assets: AssetsClient;
  readonly ports: PortsClient;
  readonly rights: RightsClient;
  readonly #http: PortalHttp;

  constructor(options: PortalOptions) {
    this.#http = new PortalHttp(options);
    this.assets = new AssetsClient(this.#http);
    this.ports = new PortsClient(this.#http);
    this.rights = new RightsClient(this.#http);
  }

  /** The data product; null if the portal does not have it (any more). */
  product(id: string): Promise<PortalProduct | null> {
    return this.read({ kind: 'data_product', id });
  }

  /** The exploration; null if the portal does not have it (any more), or does not support explorations. */
  exploration(id: string): Promise<PortalProduct | null> {
    return this.read({ kind: 'exploration', id });
  }

  /** Ids of all data products, including those that are being deleted. */
  async productIds(): Promise<string[]> {
    const doing = 'listing data products';
    const answer = succeeded(await this.#http.call({ method: 'GET', path: PRODUCTS, doing }), doing);
    const shapes = new Shapes(doing);
    return shapes
      .list(shapes.object(answer)['data_products'])
      .map((each) => shapes.id(shapes.object(each)['id']));
  }

  /** Ids of all explorations; empty for portals that do not support them (up to 0.5). */
  async explorationIds(): Promise<string[]> {
    const doing = 'listing explorations';
    const answer = await this.#http.call({ method: 'GET', path: `${API}/explorations`, doing });
    if (hasNoSuchRoute(answer)) return [];
    const shapes = new Shapes(doing);
    return shapes
      .list(shapes.object(succeeded(answer, doing))['explorations'])
      .map((each) => shapes.id(shapes.object(each)['id']));
  }

  /** All input ports that a consumer requested, in any status. Empty if there is no such consumer. */
  async inputPortsOf(ref: ProductRef): Promise<PortalInputPort[]> {
    const doing = "reading a consumer's input ports";
    const answer = await this.find(`${addressOf(ref)}/input_ports`, doing, [ref.id], ref);
    const shapes = new Shapes(doing);
    if (answer === undefined) return [];
    return shapes.list(shapes.object(answer)['input_ports']).map((each) => shapes.ofConsumer(each, ref));
  }

  /** The consumers that requested an output port, in any status, without hidden ones. Empty if there is no such port. */
  async consumersOfOutputPort(providerId: string, outputPortId: string): Promise<PortConsumer[]> {
    const doing = "reading an output port's consumers";
    const path = `${PRODUCTS}/${segment(providerId)}/output_ports/${segment(outputPortId)}/input_ports/`;
    const answer = await this.find(path, doing, [providerId, outputPortId]);
    const shapes = new Shapes(doing);
    if (answer === undefined) return [];
    return shapes.list(shapes.object(answer)['input_ports']).flatMap((item) => shapes.consumerAt(item) ?? []);
  }

  /** The possible lifecycles of a product. Products have a default one until somebody chooses another. */
  async lifecycles(): Promise<{ id: string; name: string; isDefault: boolean }[]> {
    const doing = 'listing lifecycles';
    const path = `${API}/configuration/data_product_lifecycles`;
    const answer = succeeded(await this.#http.call({ method: 'GET', path, doing }), doing);
    const shapes = new Shapes(doing);
    const all = shapes.list(shapes.object(answer)['data_product_life_cycles']);
    return all.map((each) => ({
      ...shapes.lifecycle(each),
      isDefault: shapes.object(each)['is_default'] === true,
    }));
  }

  /** Id of the lifecycle named Ready; null if this portal has none. */
  async readyLifecycleId(): Promise<string | null> {
    return readyOf(await this.lifecycles());
  }

  /**
   * Sets the lifecycle of a data product; false if it already has it, is being deleted or is gone. The portal only accepts a whole product,
   * so the product is read again just before the write: otherwise concurrent changes would be undone. The portal reports the write by a
   * webhook.
   */
  async setLifecycle(product: Pick<PortalProduct, 'id'>, lifecycleId: string): Promise<boolean> {
    const now = await this.product(product.id);
    if (now === null || now.status === 'deleting' || now.lifecycle?.id === lifecycleId) return false;
    const doing = "setting a data product's lifecycle";
    if (now.typeId === '' || now.domainId === '') throw unreadable(doing);
    const body = {
      name: now.name,
      namespace: now.namespace,
      description: now.description,
      type_id: now.typeId,
      domain_id: now.domainId,
      tag_ids: now.tagIds,
      lifecycle_id: lifecycleId,
    };
    const path = `${PRODUCTS}/${segment(now.id)}`;
    const answer = await this.#http.call({ method: 'PUT', path, doing, body });
    if (answer.status === 404 && (await this.product(now.id)) === null) return false;
    succeeded(answer, doing);
    return true;
  }

  /**
   * Keeps the portal from deleting a product until {@link removeFinalizer}. True: the finalizer is set. False: it cannot be set, because
   * this portal does not support finalizers, or the product is being deleted or gone.
   */
  async addFinalizer(ref: ProductRef, name: string): Promise<boolean> {
    const doing = 'adding a finalizer';
    const path = `${addressOf(ref)}/finalizers`;
    const answer = await this.#http.call({ method: 'POST', path, doing, body: { finalizer: name } });
    if ([404, 405, 409].includes(answer.status))
      // 409: already set, or too late; the versions report this differently
      return (await this.read(ref))?.finalizers?.includes(name) ?? false;
    succeeded(answer, doing);
    return true;
  }

  /** Releases a product: removing the last finalizer completes its deletion. False: the finalizer, or even the product, was gone. */
  async removeFinalizer(ref: ProductRef, name: string): Promise<boolean> {
    const doing = 'removing a finalizer';
    const path = `${addressOf(ref)}/finalizers/${segment(name)}`;
    const answer = await this.#http.call({ method: 'DELETE', path, doing });
    if (answer.status === 404 || answer.status === 405) {
      const still = (await this.read(ref))?.finalizers?.includes(name) ?? false;
      if (still) throw unreadable(doing, answer.status);
      return false;
    }
    succeeded(answer, doing);
    return true;
  }

  /** E-mail addresses, in lower case, of a product's owners: approved assignments of the role Owner, or an exploration's owner. */
  async owners(ref: ProductRef): Promise<string[]> {
    const doing = "reading a product's owners";
    const shapes = new Shapes(doing);
    if (ref.kind === 'exploration') {
      const found = await this.find(addressOf(ref), doing, [ref.id], ref);
      return found === undefined ? [] : [emailOf(shapes.object(found)['owner'], shapes)];
    }
    const answer = await this.find(ownersPath(ref.id), doing, [ref.id], ref);
    if (answer === undefined) return [];
    const emails = shapes.owners(answer, ref.id).map(({ email }) => email);
    return [...new Set(emails)];
  }

  /** Closes idle connections. */
  close(): void {
    this.#http.close();
  }

  private async read(ref: ProductRef): Promise<PortalProduct | null> {
    const doing = ref.kind === 'exploration' ? 'reading an exploration' : 'reading a data product';
    const answer = await this.find(addressOf(ref), doing, [ref.id], ref);
    if (answer === undefined) return null;
    const product = new Shapes(doing).product(answer);
    if (product.id !== readId(ref.id)) throw unreadable(doing);
    return product;
  }

  /** The body of an answer; undefined if the object does not exist. This must be certain: the caller takes access away. */
  private async find(
    path: string,
    doing: string,
    ids: readonly string[],
    ref?: ProductRef,
  ): Promise<unknown> {
    const answer = await this.#http.call({ method: 'GET', path, doing });
    // the portal's own validation rejects ids that are not UUIDs
    const unknownForm = answer.status === 422 && !ids.every(isUuid);
    if (answer.status !== 404 && !unknownForm) return succeeded(answer, doing);
    if (!saysWhatIsMissing(answer)) await this.assertMissing(doing, ref);
    return undefined;
  }

  /** A wrong address or an old version answers 404 to everything. The list of products shows whether a portal is there. */
  private async assertMissing(doing: string, ref?: ProductRef): Promise<void> {
    const known = await this.productIds();
    if (ref?.kind === 'data_product' && known.some((id) => id === readId(ref.id)))
      throw unreadable(doing, 404);
  }
}

/** Id of the lifecycle named Ready among these; null if there is none. */
export function readyOf(lifecycles: readonly { id: string; name: string }[]): string | null {
  return lifecycles.find(({ name }) => name.toLowerCase() === READY)?.id ?? null;
}

function emailOf(user: unknown, shapes: Shapes): string {
  return shapes.text(shapes.object(user)['email']).toLowerCase();
}
