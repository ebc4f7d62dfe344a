import { type ProductRef } from '../portal/refs.js';

/**
 * What a delivery says, as data. A hint tells what to look at and why, never what holds: the portal's API does. Where nothing but the hint
 * is known (no portal configured), `consumer` and `namespace` are the sender's words; a namespace is hostile input.
 */
export type Hint =
  | {
      about: 'product';
      ref: ProductRef;
      event: 'created' | 'updated' | 'deleted' | 'changed';
      namespace?: string;
    }
  | {
      about: 'output_port';
      providerId: string;
      outputPortId?: string;
      /** `denied` may be the denial of a renewal, whose grant stands. `removed` is one consumer's link, `deleted` the port itself. */
      event: 'approved' | 'denied' | 'revoked' | 'removed' | 'deleted' | 'changed';
      /** Its kind is a guess unless the sender says it: the portal writes an exploration's id into the same field. */
      consumer?: ProductRef;
    }
  | {
      about: 'consumer';
      ref: ProductRef;
      outputPortId?: string;
      event: 'requested' | 'revoked' | 'removed' | 'changed';
    }
  /** Who owns a data product has changed, which one is not named. */
  | { about: 'owners' }
  /** Portals up to 0.5: a link between a consumer and an output port, neither of them named. */
  | { about: 'legacy_link'; linkId: string; event: 'approved' | 'denied' | 'removed' }
  /** Portals up to 0.5: an output port whose provider is not named. */
  | { about: 'legacy_port'; outputPortId: string; event: 'deleted' };

/** Hints, or why there are none: a reason for the answer and the log, without anything that was sent. */
export type Understood = { hints: Hint[] } | { ignored: string };
