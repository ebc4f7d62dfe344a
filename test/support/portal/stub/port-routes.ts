import type { PortalActions } from './actions.js';
import { idOfUser } from './answers.js';
import type { StubAnswer, StubRequest } from './calls.js';
import { type Asset, type OutputPort, Refused } from './world.js';

/** What a new output port must say (`CreateOutputPortRequest` of 0.7.0 and main), and what it may say. */
const NEEDED = [
  ...['name', 'namespace', 'description', 'access_type', 'data_product_access_duration_type'],
  ...['exploration_access_duration_type', 'tag_ids', 'owners'],
];
const ALLOWED = [...NEEDED, 'about', 'lifecycle_id'];
const TYPES = ['public', 'restricted', 'private', 'unrestricted'];
const DURATIONS = ['permanent', 'time_bound'];
const NAMESPACE = /^[a-z0-9+=,.@_-]{1,64}$/;
/** The portal's numbers of the actions. */
const ACTION = { create: 103, request: 312, approve: 409 };

/** The part of the API that makes output ports and links technical assets to them, with the checks of the real one in their order. */
export class PortRoutes {
  constructor(private readonly actions: PortalActions) {}

  list(productId: string): StubAnswer {
    const { world } = this.actions;
    world.product(productId);
    const ports = world.portsOf(productId).map(({ id, name, namespace, unrestricted }) => ({
      ...{ id, name, namespace, description: 'd', status: 'active', data_product_id: productId, tags: [] },
      access_type: unrestricted ? 'unrestricted' : 'restricted',
      ...(world.version === 'main' ? { access_modes: [] } : {}),
    }));
    return { status: 200, body: { output_ports: ports } };
  }

  create({ body }: StubRequest, productId: string): StubAnswer {
    const { world } = this.actions;
    this.allowed(ACTION.create);
    const given = (body ?? {}) as Record<string, any>;
    const missing = NEEDED.filter((name) => given[name] === undefined);
    const foreign = Object.keys(given).filter((name) => !ALLOWED.includes(name));
    const { namespace, owners } = given as { namespace: string; owners: string[] };
    const isOf = (all: string[], name: string) => all.includes(given[name] as string);
    const valid =
      isOf(TYPES, 'access_type') &&
      isOf(DURATIONS, 'data_product_access_duration_type') &&
      isOf(DURATIONS, 'exploration_access_duration_type') &&
      Array.isArray(owners) &&
      owners.length > 0;
    if (missing.length + foreign.length > 0 || !valid)
      return { status: 422, body: [], problem: `a port without ${missing.join()} or with ${foreign.join()}` };
    const product = world.product(productId);
    if (product.status === 'deleting') throw new Refused(409, 'Data product is pending deletion');
    if (!NAMESPACE.test(namespace)) throw new Refused(400, 'Invalid namespace: INVALID_CHARACTERS');
    if ([...world.ports.values()].some((each) => each.namespace === namespace))
      throw new Refused(400, 'Invalid namespace: DUPLICATE');
    const known = [...world.products.values()].flatMap((each) => each.owners.map(idOfUser));
    if (!owners.every((each) => known.includes(each)))
      throw new Refused(404, 'User email for owner not found');
    const deliveries = this.actions.createOutputPort({
      ...{ providerId: productId, namespace, name: given['name'] as string, owners },
      unrestricted: given['access_type'] === 'unrestricted' || given['access_type'] === 'public',
    });
    return { status: 200, body: { id: world.portsOf(productId).at(-1)?.id }, deliveries };
  }

  /** A link always waits for an approval. */
  requestLink(request: StubRequest, [productId = '', portId = '']: string[]): StubAnswer {
    this.allowed(ACTION.request);
    const { port, asset, problem } = this.linkOf(request, productId, portId);
    if (problem) return problem;
    if (asset.status !== 'active') throw new Refused(400, 'Cannot link technical asset that is not active');
    if (asset.links.some((each) => each.portId === port.id && each.status !== 'denied'))
      throw new Refused(400, 'Technical Asset already exists in output port');
    const deliveries = this.actions.linkAsset(asset, port.id, 'pending');
    return { status: 200, body: { link_id: `link-${asset.id}` }, deliveries };
  }

  approveLink(request: StubRequest, [productId = '', portId = '']: string[]): StubAnswer {
    this.allowed(ACTION.approve);
    const { port, asset, problem } = this.linkOf(request, productId, portId);
    if (problem) return problem;
    const link = asset.links.find((each) => each.portId === port.id);
    if (!link) throw new Refused(404, 'Dataset data output link not found');
    if (link.status !== 'pending') throw new Refused(400, 'Request can not be already approved or denied');
    return { status: 200, body: null, deliveries: this.actions.linkAsset(asset, port.id) };
  }

  private linkOf(
    { body }: StubRequest,
    productId: string,
    portId: string,
  ): { port: OutputPort; asset: Asset; problem?: StubAnswer } {
    const { world } = this.actions;
    const given = (body ?? {}) as { technical_asset_id?: string };
    const port = world.port(portId);
    const asset = world.assets.get(given.technical_asset_id ?? '');
    if (port.providerId !== productId || asset?.productId !== productId)
      throw new Refused(404, 'Data Product id not found');
    const isOnly = Object.keys(given).join() === 'technical_asset_id';
    return {
      port,
      asset,
      ...(!isOnly && { problem: { status: 422, body: [], problem: 'a link with more' } }),
    };
  }

  private allowed(action: number): void {
    if (this.actions.world.denied.has(action))
      throw new Refused(403, "You don't have permission to perform this action");
  }
}
