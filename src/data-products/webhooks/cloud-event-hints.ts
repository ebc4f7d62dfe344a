import { kindOf, type ProductRef, readId } from '../portal/refs.js';
import { type CloudEvent } from './cloud-event.js';
import { type Hint, type Understood } from './hint.js';
import { type JsonObject } from './json.js';

type Reader = (data: JsonObject) => Hint | undefined;

const product =
  (kind: ProductRef['kind'], event: 'created' | 'updated' | 'deleted' | 'changed'): Reader =>
  (data) => {
    const id = readId(data['id']);
    return id === undefined ? undefined : { about: 'product', ref: { kind, id }, event };
  };

/**
 * Events that concern access. The portal emits one type for creation, change and deletion (from 0.6.1 on); 0.6.0 had only events for
 * explorations, named by verb. Technical assets and their links define the paths of a port, and owners hold keys; settings and the roles at
 * a port give no access.
 */
const READERS = new Map<string, Reader>([
  ['data_product.event', product('data_product', 'changed')],
  ['exploration.event', product('exploration', 'changed')],
  ['exploration.created', product('exploration', 'created')],
  ['exploration.updated', product('exploration', 'updated')],
  ['exploration.deleted', product('exploration', 'deleted')],
  ['input_port.event', consumer],
  ['output_port.event', outputPort],
  ['technical_asset.event', provider],
  ['output_port_technical_asset_link.event', linkedPort],
  ['data_product_role_assignment.event', owners],
]);

export function eventHints(event: CloudEvent): Understood {
  const reader = READERS.get(event.type);
  if (!reader) return { ignored: 'an event of this type changes no access' };
  const hint = reader(event.data);
  return hint ? { hints: [hint] } : { ignored: 'the data of the event name nothing that can be looked up' };
}

/** The event names only the consumer, neither provider nor output port. */
function consumer(data: JsonObject): Hint | undefined {
  const id = readId(data['consuming_abstract_data_product_id']);
  const kind = kindOf(data['consuming_abstract_data_product_type']);
  return id === undefined || !kind ? undefined : { about: 'consumer', ref: { kind, id }, event: 'changed' };
}

function outputPort(data: JsonObject): Hint | undefined {
  const providerId = readId(data['data_product_id']);
  if (providerId === undefined) return undefined;
  const outputPortId = readId(data['id']);
  return { about: 'output_port', providerId, ...(outputPortId && { outputPortId }), event: 'changed' };
}

/** The event does not name the linked ports, so it concerns all consumers of the provider. */
function provider(data: JsonObject): Hint | undefined {
  const providerId = readId(data['data_product_id']);
  return providerId === undefined ? undefined : { about: 'output_port', providerId, event: 'changed' };
}

function linkedPort(data: JsonObject): Hint | undefined {
  return outputPort({ ...data, id: data['output_port_id'] });
}

function owners(data: JsonObject): Hint | undefined {
  const id = readId(data['data_product_id']);
  return id === undefined
    ? undefined
    : { about: 'product', ref: { kind: 'data_product', id }, event: 'changed' };
}
