import { eventHints } from './cloud-event-hints.js';
import { type Delivery } from './delivery.js';
import { exchangeHints } from './exchange-hints.js';
import { type Understood } from './hint.js';

/** What a delivery is about. Everything that gives or takes no access is ignored, politely. */
export function hintsOf(delivery: Delivery): Understood {
  return delivery.form === 'exchange' ? exchangeHints(delivery) : eventHints(delivery);
}
