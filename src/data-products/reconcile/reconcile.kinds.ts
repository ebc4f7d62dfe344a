import { Injectable } from '@nestjs/common';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { Problem } from '../../common/problems/problem.js';
import { Optional } from '../../common/http/validation.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { MAX_ID_LENGTH, type ProductRef } from '../portal/refs.js';
import { ProductReconciler } from './reconciler.js';
import { FollowUps } from './follow-ups.js';
import { ifTold, ProductSource } from './product-source.js';
import { PortalWatch } from '../watch/portal-watch.js';

/** Products that one resync reconciles concurrently. */
const CONCURRENCY = 4;

/** A product to reconcile. */
export class ReconcileInput {
  /** `data_product` or `exploration` */
  @IsIn(['data_product', 'exploration'])
  kind!: ProductRef['kind'];

  /**
   * The portal's id of the product
   * @example "sales"
   */
  @IsString()
  @MaxLength(MAX_ID_LENGTH)
  id!: string;
}

/** Reconciles one product. */
@Kind('data_product.reconcile', ReconcileInput)
@Injectable()
export class ReconcileKind implements ProvisionKind<ReconcileInput> {
  constructor(
    private readonly reconciler: ProductReconciler,
    private readonly products: DataProductsStore,
    private readonly watch: PortalWatch,
    private readonly follow: FollowUps,
  ) {}

  subjectOf({ id }: ReconcileInput): string {
    return `data_product:${id}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan(): Promise<ShownChange[]> {
    return notPlanned();
  }

  async apply({ kind, id }: ReconcileInput, context: RunContext): Promise<ProvisionResult> {
    try {
      const followUp = (refs: readonly ProductRef[]) => this.follow.enqueue(refs, context);
      const braked = await this.watch.isBraked();
      const operations = await this.reconciler.reconcile({ kind, id }, context.actor, followUp, braked);
      // a missing product may be the first of many; a confirmed one may be the last that kept the brake on
      if (operations.some(({ status }) => status === 'skipped' || (braked && status === 'done')))
        await this.follow.resync(context);
      return { operations, ...(braked ? { braked } : {}) };
    } catch (error) {
      const message = error instanceof Problem ? error.message : 'unknown failure';
      await this.products.change(id, { last_error: message }).catch(() => undefined);
      throw error;
    }
  }
}

/** An output port whose consumers should be reconciled. */
export class ConsumersInput {
  /**
   * The portal's id of the provider
   * @example "sales"
   */
  @IsString()
  @MaxLength(MAX_ID_LENGTH)
  provider_id!: string;

  /**
   * The portal's id of the port; if absent, all known consumers
   * @example "c4a7e0b2-91d8-4f36-8a5e-0d7b3c2f1e99"
   */
  @Optional()
  @IsString()
  @MaxLength(MAX_ID_LENGTH)
  output_port_id?: string;
}

/** Finds the products that a change of an output port affects: its current consumers, and those that had access before. */
@Kind('data_product.consumers', ConsumersInput)
@Injectable()
export class ConsumersKind implements ProvisionKind<ConsumersInput> {
  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly follow: FollowUps,
  ) {}

  subjectOf({ provider_id, output_port_id = '' }: ConsumersInput): string {
    return `output_port:${provider_id}/${output_port_id}`;
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan(): Promise<ShownChange[]> {
    return notPlanned();
  }

  async apply(
    { provider_id, output_port_id }: ConsumersInput,
    context: RunContext,
  ): Promise<ProvisionResult> {
    const provider = await this.products.find(provider_id);
    const before = provider ? await this.products.consumers.of(provider) : [];
    const listed =
      output_port_id === undefined
        ? []
        : ((await ifTold(this.source.consumersOf(provider_id, output_port_id))) ?? []);
    // if the portal hides the kind, the stored kind is used
    const now = listed.map(({ id, kind = 'data_product' }): ProductRef => ({ kind, id }));
    const consumers = new Map([...before, ...now].map((ref) => [ref.id, ref]));
    await this.follow.enqueue([...consumers.values()], context);
    return { operations: [], consumers: consumers.size };
  }
}

/** The input of a resync. */
export class ResyncInput {
  /** Always true */
  @IsIn([true])
  all!: true;
}

/** The state of a running resync. */
interface ResyncRun {
  context: RunContext;
  counts: { changed: number; failed: number };
  /** Products that are not started yet, by id. */
  later: ReadonlyMap<string, ProductRef>;
}

/** Reconciles every product, because deliveries can be lost and some changes are never reported. */
@Kind('data_product.resync', ResyncInput)
@Injectable()
export class ResyncKind implements ProvisionKind<ResyncInput> {
  constructor(
    private readonly source: ProductSource,
    private readonly products: DataProductsStore,
    private readonly reconciler: ProductReconciler,
    private readonly watch: PortalWatch,
    private readonly follow: FollowUps,
  ) {}

  subjectOf(): string {
    return 'portal';
  }

  validate(): Promise<void> {
    return Promise.resolve();
  }

  plan(): Promise<ShownChange[]> {
    return notPlanned();
  }

  async apply(_: ResyncInput, context: RunContext): Promise<ProvisionResult> {
    const listed = await this.source.all();
    const braked = await this.watch.survey(listed);
    if (braked !== null) return { operations: [], braked };
    const refs = new Map(listed.map((ref) => [ref.id, ref]));
    for (const ref of await this.products.living()) refs.set(ref.id, ref);
    const queue = [...refs.values()];
    const counts = { checked: queue.length, changed: 0, failed: 0 };
    const worker = async (): Promise<void> => {
      for (let ref = queue.shift(); ref; ref = queue.shift()) {
        refs.delete(ref.id);
        await this.check(ref, { context, counts, later: refs });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return { operations: [], ...counts };
  }

  /** A failed product gets its own provision, which is retried. So do related products, unless this resync will still reach them. */
  private async check(ref: ProductRef, { context, counts, later }: ResyncRun): Promise<void> {
    try {
      const followUp = (refs: readonly ProductRef[]) =>
        this.follow.enqueue(
          refs.filter(({ id }) => !later.has(id)),
          context,
        );
      const operations = await this.reconciler.reconcile(ref, context.actor, followUp);
      if (operations.some(({ status }) => status === 'done')) counts.changed++;
    } catch {
      counts.failed++;
      await this.follow.enqueue([ref], context);
    }
  }
}

function notPlanned(): never {
  throw new Problem('not_possible', 'There is no dry run of a reconciliation with the portal');
}
