import { type PortalVersion, recorded, type RecordedDelivery } from './recorded.js';
import { PortalWorld, Refused } from './stub/world.js';

/** Which output port a recorded request was for: no delivery says it together with the link, later ones of the same link do. */
const PORT_OF_LINK: Record<string, string> = {
  'f3cd7596-1c91-4525-95b6-ee188ea56f36': 'acea5742-d6ef-4bb4-aa79-790f3e46db85',
  '19079ffe-a953-4730-bae8-279522caf7a3': '9a2a2498-0cd7-4b4f-8210-7a360bff4331',
  'fa0b6867-5dfd-4dd3-9183-198a26eba4d6': '25300223-dd05-4739-bc01-9b0408b1882e',
  'bf79a61f-512f-4fff-bd87-d6bf508eae0d': '9a2a2498-0cd7-4b4f-8210-7a360bff4331',
  '04e31169-426d-4450-ae47-eb978d06d0b2': 'b8faff3f-34f1-4ff9-a2bc-8cc97fc48993',
  'f0ca0945-2259-4f56-9dd4-dc4703ff112e': 'b8faff3f-34f1-4ff9-a2bc-8cc97fc48993',
  '287b35e3-8db3-45bc-a361-95dd7d176e0c': '3ec9138e-2f11-4661-bb8b-e5e6152f369b',
  '0a054779-b1f1-462c-8ffa-565696caa574': 'a72f7758-1709-4827-a625-701a6e0ed722',
};
/** Nobody decided on the requests for it, although access was used: it is taken for one that needs no approval. */
const UNRESTRICTED = '25300223-dd05-4739-bc01-9b0408b1882e';
/** The only exploration that was recorded, and the request that it was created with. */
const EXPLORATION_LINK = '04e31169-426d-4450-ae47-eb978d06d0b2';

/**
 * The recorded deliveries one by one, each after a world has become what the real portal's was when it sent it: with the same ids, and
 * namespaces `ns-` and eight characters of the id, which were not recorded. v2 events come before or after the v1 message of their request,
 * as they came then.
 */
export function* replay(version: PortalVersion, world: PortalWorld): Generator<RecordedDelivery> {
  for (const delivery of recorded(version)) {
    if (delivery.path !== '/v2') apply(world, JSON.parse(delivery.raw) as Message);
    else if (version === 'main') happen(world, JSON.parse(delivery.raw) as Event);
    yield delivery;
  }
}

/** The world as it was after the last recorded delivery. */
export function worldAfter(version: PortalVersion): PortalWorld {
  const world = new PortalWorld(version);
  for (const delivery of replay(version, world)) void delivery;
  return world;
}

interface Message {
  method: string;
  url: string;
  response: string;
  status_code: number;
}

function apply(world: PortalWorld, { method, url, response, status_code: status }: Message): void {
  if (status >= 300) return;
  const body = response === '' ? null : (JSON.parse(response) as Record<string, any> | null);
  const [collection, id = '', part, other = '', , verb] = url.replace(/^\/api\/(v2\/)?/, '').split('/');
  if (collection !== 'data_products' && collection !== 'explorations') return;
  if (method === 'DELETE') return erase(world, id, part, other);
  if (method === 'PUT') return;
  if (id === '') return create(world, collection, body!);
  if (part === 'output_ports' && other === '') {
    world.addPort({ id: body!['id'], providerId: id, unrestricted: body!['id'] === UNRESTRICTED });
  } else if (part === 'output_ports' && verb !== undefined) decide(world, other, verb);
  else if (part === 'finalizers') world.addFinalizer(id, 'minio-iam');
  else if (part?.endsWith('input_ports')) link(world, id, body!, url);
}

function create(world: PortalWorld, collection: string, body: Record<string, any>): void {
  const id = body['id'] as string;
  const kind = collection === 'explorations' ? 'exploration' : 'data_product';
  world.addProduct({ id, kind, namespace: body['namespace'] ?? `ns-${id.slice(0, 8)}` });
  if (kind === 'exploration') world.addLink(id, PORT_OF_LINK[EXPLORATION_LINK]!, EXPLORATION_LINK);
}

function link(world: PortalWorld, consumerId: string, body: Record<string, any>, url: string): void {
  for (const made of body['input_port_links'] ?? []) world.addLink(consumerId, PORT_OF_LINK[made]!, made);
  const changed = world.links.get(body['input_port_link'] ?? body['input_port_id'] ?? '');
  if (!changed) return;
  if (url.endsWith('/revoke')) changed.status = 'revoked';
  else if (changed.status === 'approved') changed.renewal = 'pending';
  else changed.status = 'pending';
}

/** Who was meant is not told; the recorder decided on one request after the other. */
function decide(world: PortalWorld, portId: string, verb: string): void {
  const links = world.linksOf(portId);
  const waiting = links.find(({ status, renewal }) => status === 'pending' || renewal === 'pending');
  const subject = waiting ?? links[0];
  if (!subject) throw new Refused(404, 'Data product input port not found');
  if (verb === 'approve') world.decide(subject, 'approved');
  else if (verb === 'deny') world.decide(subject, 'denied');
  else if (verb === 'revoke') subject.status = 'revoked';
  else world.links.delete(subject.id);
}

function erase(world: PortalWorld, id: string, part: string | undefined, other: string): void {
  if (part === 'output_ports') world.deletePort(other);
  else if (part === 'input_ports') world.links.delete(world.link(id, other).id);
  else if (part !== 'finalizers') world.deleteProduct(id);
  else if (world.removeFinalizer(id, other)) world.deleteProduct(id);
}

interface Event {
  type: string;
  data: Record<string, string>;
}

/** Which output port the recorded requests of main were for: no event says it. */
const PORT_OF_EVENT: Record<string, string> = {
  '9d0fb26b-ac7f-4ab9-a8f2-8cb26abc5293': '5489f7ee-4082-4d8b-98c2-8202bfee90b3',
  '7113984e-3018-431b-a1d1-f7320e0e0c13': 'a91f4fd3-b8ac-463a-848a-eb8ac757b683',
  '4122e824-3f07-4796-9b98-98e94e61649c': '8013e5e9-fb50-40f7-9c69-f27bdea8a41f',
};

/** Main tells by ids alone that something is not as before. Here a thing is made when it is first told of, and approved when it is told of again. */
function happen(world: PortalWorld, { type, data }: Event): void {
  const { id = '', data_product_id: productId = '' } = data;
  const made = (of: string, kind: 'data_product' | 'exploration' = 'data_product') =>
    world.products.get(of) ?? world.addProduct({ id: of, kind, namespace: `ns-${of.slice(0, 8)}` });
  const port = (of: string) =>
    world.products.has(productId) && !world.ports.has(of) && world.addPort({ id: of, providerId: productId });
  if (type === 'data_product.event') made(id);
  else if (type === 'exploration.event') made(id, 'exploration');
  else if (type === 'data_product_role_assignment.event') made(productId);
  else if (type === 'output_port.event') port(id);
  else if (type === 'output_port_role_assignment.event') port(data['output_port_id'] ?? '');
  else if (type === 'technical_asset.event') {
    if (!world.assets.has(id)) world.addAsset({ id, productId, path: 'raw' });
  } else if (type === 'output_port_technical_asset_link.event') linked(world, data);
  else if (type === 'input_port.event') asked(world, data);
}

function asked(
  world: PortalWorld,
  { id = '', consuming_abstract_data_product_id: consumer = '' }: Event['data'],
): void {
  const link = world.links.get(id);
  if (!link) world.addLink(consumer, PORT_OF_EVENT[id] ?? '', id);
  else if (link.status === 'pending') world.decide(link, 'approved');
}

function linked(
  world: PortalWorld,
  { output_port_id: portId = '', technical_asset_id: id = '' }: Event['data'],
): void {
  const links = world.assets.get(id)?.links ?? [];
  if (!links.some((each) => each.portId === portId)) links.push({ portId, status: 'approved' });
}
