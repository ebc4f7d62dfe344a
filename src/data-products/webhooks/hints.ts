import { eventHints } from './cloud-event-hints.js';
import { type Delivery } from './delivery.js';
import { exchangeHints } from './exchange-hints.js';
import { type Understood } from './hint.js';

/** The hints of a delivery. A delivery that changes no access is ignored without an error. */
export function hintsOf(delivery: Delivery): Understood {
  return delivery.form === 'exchange' ? exchangeHints(delivery) : eventHints(delivery);
}
