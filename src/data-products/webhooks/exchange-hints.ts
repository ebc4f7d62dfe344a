import { kindOf, type ProductRef, readId } from '../portal/refs.js';
import { type Exchange } from './exchange.js';
import { type Hint, type Understood } from './hint.js';
import { isObject, type JsonObject } from './json.js';

type Reader = (exchange: Exchange, ids: readonly string[]) => Hint | undefined;

interface Route {
  method: string;
  /** `:id` is an id that the reader receives, `*` a segment that is ignored. */
  segments: readonly string[];
  read: Reader;
  /** A 404 is a hint, too: the product to delete may already be gone, which is worth a check. */
  tellsMissing: boolean;
}

/** Segments below `/api` and `/api/v2`; portals have used both for the same routes. */
const PREFIX = /^\/api\/(?:v2\/)?/;
const MAX_NAMESPACE_LENGTH = 200;

/**
 * Requests to the portal that may change access. All others (roles at a port, configuration, settings, texts about a product) are ignored.
 */
const ROUTES: readonly Route[] = [
  ...productRoutes('data_products', 'data_product'),
  ...productRoutes('explorations', 'exploration'),
  route('PUT /data_products/:id/status', product('data_product', 'updated')),
  route('POST /data_products/:id/link_input_ports', consumer('data_product', 'requested')),
  route('POST /data_products/:id/output_ports/:id/input_ports/approve', outputPort('approved')),
  route('POST /data_products/:id/output_ports/:id/input_ports/deny', outputPort('denied')),
  route('POST /data_products/:id/output_ports/:id/input_ports/revoke', outputPort('revoked')),
  route('POST /data_products/:id/output_ports/:id/input_ports/remove', outputPort('removed')),
  route('DELETE /data_products/:id/output_ports/:id', outputPort('deleted')),
  // the paths of ports
  ...['add', 'approve_link_request', 'deny_link_request'].map((verb) =>
    route(`POST /data_products/:id/output_ports/:id/technical_assets/${verb}`, outputPort('changed')),
  ),
  route('DELETE /data_products/:id/output_ports/:id/technical_assets/remove', outputPort('changed')),
  route('POST /data_products/:id/technical_assets', provider),
  route('PUT /data_products/:id/technical_assets/*', provider),
  route('PUT /data_products/:id/technical_assets/*/status', provider),
  route('DELETE /data_products/:id/technical_assets/*', provider),
  // owners of products: only the answer to a POST names the product
  route('POST /authz/role_assignments/data_product', owners),
  route('POST /authz/role_assignments/data_product/request', owners),
  route('POST /authz/role_assignments/data_product/*/decide', owners),
  route('PUT /authz/role_assignments/data_product/*', owners),
  route('DELETE /authz/role_assignments/data_product/*', owners),
  // portals up to 0.5
  route('POST /data_products/:id/link_datasets', consumer('data_product', 'requested')),
  route('POST /data_products/:id/dataset/:id', consumer('data_product', 'requested')),
  route('DELETE /data_products/:id/dataset/:id', consumer('data_product', 'removed')),
  route('POST /data_product_dataset_links/approve/:id', legacyLink('approved')),
  route('POST /data_product_dataset_links/deny/:id', legacyLink('denied')),
  route('POST /data_product_dataset_links/remove/:id', legacyLink('removed')),
  route('DELETE /datasets/:id', (_, [id]) =>
    id === undefined ? undefined : { about: 'legacy_port', outputPortId: id, event: 'deleted' },
  ),
];

function productRoutes(collection: string, kind: ProductRef['kind']): Route[] {
  return [
    route(`POST /${collection}`, created(kind)),
    route(`PUT /${collection}/:id`, product(kind, 'updated')),
    route(`DELETE /${collection}/:id`, deleted(kind), true),
    route(`POST /${collection}/:id/finalizers`, product(kind, 'changed')),
    route(`DELETE /${collection}/:id/finalizers/*`, product(kind, 'changed')),
    route(`POST /${collection}/:id/input_ports`, consumer(kind, 'requested')),
    route(`POST /${collection}/:id/input_ports/:id/revoke`, consumer(kind, 'revoked')),
    route(`POST /${collection}/:id/input_ports/:id/renew`, consumer(kind, 'changed')),
    route(`POST /${collection}/:id/input_ports/:id/cancel`, consumer(kind, 'changed')),
    route(`DELETE /${collection}/:id/input_ports/:id`, consumer(kind, 'removed')),
  ];
}

export function exchangeHints(exchange: Exchange): Understood {
  const { method, path, status } = exchange;
  const segments = PREFIX.test(path) ? path.replace(PREFIX, '').replace(/\/$/, '').split('/') : [];
  const found = ROUTES.find((each) => each.method === method && fits(each.segments, segments));
  if (!found) return { ignored: 'a request of this kind changes no access' };
  if (status !== undefined && !tellsSomething(status, found))
    return { ignored: `the portal refused the request (${status})` };
  const ids = found.segments.flatMap((each, at) => (each === ':id' ? [decode(segments[at])] : []));
  if (!ids.every((id) => id !== undefined)) return { ignored: 'the url has an id that cannot be used' };
  const hint = found.read(exchange, ids);
  return hint ? { hints: [hint] } : { ignored: 'the answer of the portal names no product' };
}

/** A refused request changes nothing: its action did not happen, and the earlier state holds. */
function tellsSomething(status: number, { tellsMissing }: Route): boolean {
  return (status >= 200 && status <= 299) || (status === 404 && tellsMissing);
}

function route(pattern: string, read: Reader, tellsMissing = false): Route {
  const [method = '', path = ''] = pattern.split(' /');
  return { method, segments: path.split('/'), read, tellsMissing };
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((each, at) =>
    each === ':id' || each === '*' ? segments[at] !== '' : each === segments[at],
  );
}

function decode(segment: string | undefined): string | undefined {
  try {
    return readId(decodeURIComponent(segment ?? ''));
  } catch {
    return undefined;
  }
}

function created(kind: ProductRef['kind']): Reader {
  return ({ response, request }) => {
    const id = readId(response?.['id']);
    if (id === undefined) return undefined;
    return { about: 'product', ref: { kind, id }, event: 'created', ...namespaceOf(response, request) };
  };
}

function product(kind: ProductRef['kind'], event: 'updated' | 'changed'): Reader {
  return ({ request }, [id]) =>
    id === undefined
      ? undefined
      : { about: 'product', ref: { kind, id }, event, ...(event === 'updated' && namespaceOf(request)) };
}

/** 202: the product waits for its finalizers; other success: it is gone; 404: neither. */
function deleted(kind: ProductRef['kind']): Reader {
  return ({ status }, [id]) => {
    const event = status === 404 ? 'changed' : 'deleted';
    return id === undefined ? undefined : { about: 'product', ref: { kind, id }, event };
  };
}

function consumer(kind: ProductRef['kind'], event: 'requested' | 'revoked' | 'removed' | 'changed'): Reader {
  return (_, [id, outputPortId]) =>
    id === undefined
      ? undefined
      : { about: 'consumer', ref: { kind, id }, ...(outputPortId !== undefined && { outputPortId }), event };
}

function outputPort(event: 'approved' | 'denied' | 'revoked' | 'removed' | 'deleted' | 'changed'): Reader {
  return ({ request, response }, [providerId, outputPortId]) => {
    if (providerId === undefined || outputPortId === undefined) return undefined;
    // a stock portal sends no request and answers null: then only the portal's API shows the consumer
    const who = consumerIn(request) ?? consumerIn(response);
    return { about: 'output_port', providerId, outputPortId, event, ...(who && { consumer: who }) };
  };
}

function provider(_: Exchange, [providerId]: readonly string[]): Hint | undefined {
  return providerId === undefined ? undefined : { about: 'output_port', providerId, event: 'changed' };
}

function owners({ response }: Exchange): Hint {
  const product = response?.['data_product'];
  const id = readId(isObject(product) ? product['id'] : undefined);
  return id === undefined
    ? { about: 'owners' }
    : { about: 'product', ref: { kind: 'data_product', id }, event: 'changed' };
}

function legacyLink(event: 'approved' | 'denied' | 'removed'): Reader {
  return (_, [linkId]) => (linkId === undefined ? undefined : { about: 'legacy_link', linkId, event });
}

function consumerIn(body: JsonObject | undefined): ProductRef | undefined {
  const id =
    readId(body?.['consuming_data_product_id']) ?? readId(body?.['consuming_abstract_data_product_id']);
  if (id === undefined) return undefined;
  return { kind: kindOf(body?.['consuming_abstract_data_product_type']) ?? 'data_product', id };
}

function namespaceOf(...bodies: (JsonObject | undefined)[]): { namespace?: string } {
  const found = bodies.map((body) => body?.['namespace']).find((each) => typeof each === 'string');
  return typeof found === 'string' && found.length <= MAX_NAMESPACE_LENGTH ? { namespace: found } : {};
}
