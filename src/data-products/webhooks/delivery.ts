import { createHash } from 'node:crypto';
import { type CloudEvent, parseCloudEvent } from './cloud-event.js';
import { type Exchange, parseExchange } from './exchange.js';
import { isObject, malformed, type Parsed, parseJson, utf8 } from './json.js';

/** A message that a portal sends to a webhook address. */
export type Delivery = Exchange | CloudEvent;

/** Reads a body: a CloudEvent if it has `specversion`, otherwise an exchange. */
export function parseDelivery(raw: Buffer): Parsed<Delivery> {
  const text = utf8(raw);
  const message = text === undefined ? undefined : parseJson(text);
  if (!isObject(message)) return malformed('body', 'must be a JSON object');
  return 'specversion' in message ? parseCloudEvent(message) : parseExchange(message);
}

/**
 * SHA-256 in hex that identifies a repeated delivery: of an event's source and id (CloudEvents 1.0: unique together), or of the bytes of an
 * exchange, which has no id. Two equal exchanges can be two actions (approved, revoked, approved again): the second is a duplicate only
 * while the first still waits to be processed.
 */
export function fingerprintOf(raw: Buffer, delivery: Delivery): string {
  const what = delivery.form === 'exchange' ? raw : JSON.stringify([delivery.source, delivery.id]);
  return createHash('sha256').update(what).digest('hex');
}
