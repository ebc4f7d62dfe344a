import { isObject, type JsonObject, malformed, type Parsed } from './json.js';

/** A v2 webhook (portal from 0.6.0 on): a CloudEvents 1.0 event with the id of the changed object. */
export interface CloudEvent {
  form: 'cloud_event';
  /** Different for each event: one user action causes two to six events. */
  id: string;
  source: string;
  type: string;
  data: JsonObject;
}

const MAX_ATTRIBUTE_LENGTH = 1000;

/** Reads a structured CloudEvent (CloudEvents 1.0, JSON format); unneeded attributes are ignored. */
export function parseCloudEvent(message: JsonObject): Parsed<CloudEvent> {
  if (message['specversion'] !== '1.0') return malformed('specversion', 'must be "1.0"');
  const { id, source, type, data } = message;
  const attributes = { id, source, type };
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== 'string' || value === '' || value.length > MAX_ATTRIBUTE_LENGTH)
      return malformed(name, `must be a text of 1 to ${MAX_ATTRIBUTE_LENGTH} characters`);
  }
  if (data !== undefined && data !== null && !isObject(data)) return malformed('data', 'must be an object');
  const text = attributes as Record<keyof typeof attributes, string>;
  return { ok: true, value: { form: 'cloud_event', ...text, data: data ?? {} } };
}
