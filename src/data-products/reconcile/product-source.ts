import { Problem } from '../../common/problems/problem.js';
import type { ProviderPlace } from '../approved/asset-path.js';
import type { Approval, Asset } from '../approved/port-access.js';
import type { SchemaPlace } from '../approved/schema-asset.js';
import type { ProductRef } from '../portal/refs.js';
import type { PortConsumer } from '../portal/shapes.js';

/** A product as its source describes it. */
export interface ProductView {
  name: string | null;
  /** Hostile input. Null: unknown. */
  namespace: string | null;
  /** It is to be deleted; its resources are removed first. */
  deleting: boolean;
  /** The sender may end access, but not decide about data. */
  dataWaits?: boolean;
  /** Our finalizer is set: the product cannot disappear before its resources are removed. Null: the source has no finalizers. */
  finalizer: boolean | null;
}

/** The state of a product source. */
export interface SourceHealth {
  /** There is a portal to ask. */
  configured: boolean;
  detail: string;
  /** What does not work, and the remedy. */
  trouble?: { detail: string; remedy: string };
}

/** Knows which products exist and who may read whom: the portal, or, if no portal can be asked, past deliveries. */
export abstract class ProductSource {
  /** The product; null if it is gone. */
  abstract product(ref: ProductRef): Promise<ProductView | null>;
  /** The output ports of other products that the consumer may use now. */
  abstract approvals(ref: ProductRef): Promise<Approval[]>;
  /** Assets of a provider, by the output ports that they are linked to; ports without assets are absent. Null: it never tells any. */
  abstract assetsOf(providerId: string): Promise<ReadonlyMap<string, readonly Asset[]> | null>;
  /** The consumers that requested an output port, if known. */
  abstract consumersOf(providerId: string, outputPortId: string): Promise<PortConsumer[]>;
  /** E-mail addresses, in lower case, of the owners of the product. */
  abstract ownersOf(ref: ProductRef): Promise<string[]>;
  /** Every product that should be reconciled. */
  abstract all(): Promise<ProductRef[]>;
  /** Call it before anything is created for a product without our finalizer. False: too late, the product is being deleted or gone. */
  abstract addFinalizer(ref: ProductRef): Promise<boolean>;
  /** All resources are removed. */
  abstract removeFinalizer(ref: ProductRef): Promise<void>;
  /** All resources are created; called once per product. */
  abstract ready(ref: ProductRef): Promise<void>;
  /** Ids that identify this source, because no other source has them; may be empty. */
  abstract marks(): Promise<string[]>;
  /** Registers the locations of published data, so that owners can link them to output ports. Null: done; otherwise the reason. */
  abstract register(ref: ProductRef, place: ProviderPlace): Promise<string | null>;
  /** Registers the schema of a product in the same way. */
  abstract registerSchema(ref: ProductRef, place: SchemaPlace): Promise<string | null>;
  /** Registers an output port for a registered schema in the same way. */
  abstract registerPort(ref: ProductRef, place: SchemaPlace): Promise<string | null>;
  /** Describes in one sentence which source answers, and what is wrong. */
  abstract describe(): Promise<SourceHealth>;
}

/**
 * The answer of a source about one object; undefined if the source refuses it, because the object is hidden from us or unreadable. This is
 * no reason to revoke anything, nor to skip other objects. Temporary failures are thrown.
 */
export async function ifTold<T>(said: Promise<T>): Promise<T | undefined> {
  try {
    return await said;
  } catch (error) {
    if (error instanceof Problem && error.code === 'portal_error') return undefined;
    throw error;
  }
}
