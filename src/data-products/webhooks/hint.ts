import { type ProductRef } from '../portal/refs.js';

/**
 * The content of a delivery, as data. A hint says what to check and why, never what is true: the portal's API decides this. If no portal is
 * configured, `consumer` and `namespace` are the sender's claims; a namespace is hostile input.
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
      /** `denied` may deny a renewal, and the existing grant stays. `removed` is the link of one consumer, `deleted` the port itself. */
      event: 'approved' | 'denied' | 'revoked' | 'removed' | 'deleted' | 'changed';
      /** Its kind is a guess unless the sender states it: the portal uses the same field for the id of an exploration. */
      consumer?: ProductRef;
    }
  | {
      about: 'consumer';
      ref: ProductRef;
      outputPortId?: string;
      event: 'requested' | 'revoked' | 'removed' | 'changed';
    }
  /** The owners of some data product changed; it is not named. */
  | { about: 'owners' }
  /** Portals up to 0.5: a link between a consumer and an output port, neither of which is named. */
  | { about: 'legacy_link'; linkId: string; event: 'approved' | 'denied' | 'removed' }
  /** Portals up to 0.5: an output port whose provider is not named. */
  | { about: 'legacy_port'; outputPortId: string; event: 'deleted' };

/** Hints, or the reason why there are none, for the answer and the log. It contains nothing from the delivery. */
export type Understood = { hints: Hint[] } | { ignored: string };
