import { Problem } from '../../common/problems/problem.js';
import type { ProviderPlace, S3Asset } from '../approved/asset-path.js';
import type { Approval } from '../approved/port-access.js';
import type { ProductRef } from '../portal/refs.js';
import type { PortConsumer } from '../portal/shapes.js';

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

/** What can be said of whoever knows the products. */
export interface SourceHealth {
  detail: string;
  /** What does not work, and what to do. */
  trouble?: { detail: string; remedy: string };
}

/** Says what products there are and who may read whom: the portal, or what deliveries said where no portal can be asked. */
export abstract class ProductSource {
  /** Null: it is gone. */
  abstract product(ref: ProductRef): Promise<ProductView | null>;
  /** The output ports of others that the consumer may use now. */
  abstract approvals(ref: ProductRef): Promise<Approval[]>;
  /** S3 assets of a provider by the output ports that they are linked to; a port without any is not in it. */
  abstract assetsOf(providerId: string): Promise<ReadonlyMap<string, readonly S3Asset[]>>;
  /** Who has asked for an output port, where that is known. */
  abstract consumersOf(providerId: string, outputPortId: string): Promise<PortConsumer[]>;
  /** E-mail addresses, in lower case, of the people who own the product. */
  abstract ownersOf(ref: ProductRef): Promise<string[]>;
  /** Every product that should be looked at. */
  abstract all(): Promise<ProductRef[]>;
  /** To be called before anything is made for a product on which our finalizer does not stand. False: it is too late, it goes or is gone. */
  abstract addFinalizer(ref: ProductRef): Promise<boolean>;
  /** Everything is taken away. */
  abstract removeFinalizer(ref: ProductRef): Promise<void>;
  /** Everything is made; called once a product. */
  abstract ready(ref: ProductRef): Promise<void>;
  /** What this source is known again by: ids that no other has. None: nothing. */
  abstract marks(): Promise<string[]>;
  /** Makes known where a product publishes, so that its owners can link it to output ports. Null: done; else why not. */
  abstract register(ref: ProductRef, place: ProviderPlace): Promise<string | null>;
  /** Says in a sentence who answers, and what is amiss. */
  abstract describe(): Promise<SourceHealth>;
}

/**
 * What a source says of one thing; undefined where it will not say it, because that is hidden from us or cannot be read. That is no reason
 * to take anything, nor to leave others alone. What may pass is thrown.
 */
export async function ifTold<T>(said: Promise<T>): Promise<T | undefined> {
  try {
    return await said;
  } catch (error) {
    if (error instanceof Problem && error.code === 'portal_error') return undefined;
    throw error;
  }
}
