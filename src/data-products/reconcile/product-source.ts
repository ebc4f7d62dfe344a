import type { ProductRef } from '../portal/refs.js';

/** A product as whoever knows best says that it is. */
export interface ProductView {
  name: string | null;
  /** Hostile input. Null: not known. */
  namespace: string | null;
  /** It is to go; what was made for it is taken away first. */
  deleting: boolean;
  /** It is said by somebody who may end access, but not decide about data. */
  dataWaits?: boolean;
  /** Our finalizer stands: it does not go without being taken away first. Null: nobody can be asked to wait. */
  finalizer: boolean | null;
}

/** Says what products there are and who may read whom: the portal, or what deliveries said where no portal can be asked. */
export abstract class ProductSource {
  /** Null: it is gone. */
  abstract product(ref: ProductRef): Promise<ProductView | null>;
  /** Ids of the providers that the consumer may read now, by any of their output ports. */
  abstract providersOf(ref: ProductRef): Promise<string[]>;
  /** Who has asked for an output port, where that is known. */
  abstract consumersOf(providerId: string, outputPortId: string): Promise<ProductRef[]>;
  /** E-mail addresses, in lower case, of the people who own the product. */
  abstract ownersOf(ref: ProductRef): Promise<string[]>;
  /** Every product that should be looked at. */
  abstract all(): Promise<ProductRef[]>;
  /** To be called before anything is made for a product on which our finalizer does not stand. False: it is too late, it goes or is gone. */
  abstract hold(ref: ProductRef): Promise<boolean>;
  /** Everything is taken away. */
  abstract letGo(ref: ProductRef): Promise<void>;
  /** Everything is made; called once a product. */
  abstract ready(ref: ProductRef): Promise<void>;
  /** What this source is known again by: ids that no other has. None: nothing. */
  abstract marks(): Promise<string[]>;
  /** Says in a sentence who answers. */
  abstract describe(): Promise<string>;
}
