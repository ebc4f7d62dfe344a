import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor } from '../../database/schema.js';
import { AcceptOnce, type RequestBy } from '../../provisioning/records/accept-once.js';
import { consumersRequest, reconcileRequest, resyncRequest } from '../reconcile/requests.js';
import { MissingStore } from '../removal/missing.store.js';
import type { Hint } from '../webhooks/hint.js';
import { StandaloneProjection } from './standalone-projection.js';

/** How much later a provider is reconciled if only its id is known so far: its name may arrive soon. */
const NAMELESS_MS = 1000;

export type ReconcileRequest = ReturnType<
  typeof reconcileRequest | typeof consumersRequest | typeof resyncRequest
> & {
  lateMs?: number;
};

/** The effects that a delivery asks for. */
export interface Asked {
  hints: readonly Hint[];
  authentic: boolean;
  /** The hints are taken as facts, because there is no portal to ask. */
  believed: boolean;
  /** Milliseconds by which the provisions are postponed; 0: only the debounce time applies. */
  delayMs: number;
  actor: RequestContext;
}

/** Turns deliveries into provisions that reconcile products. */
@Injectable()
export class DeliveryProvisions {
  #everything: Promise<void> | undefined;

  constructor(
    private readonly db: Database,
    private readonly facts: StandaloneProjection,
    private readonly missing: MissingStore,
    private readonly acceptOnce: AcceptOnce,
    private readonly config: AppConfig,
  ) {}

  /**
   * What the hints ask for, if they say it on their own; undefined: the database must be asked for the products, or told of a deletion.
   */
  requestsOf({ hints, authentic, believed }: Asked): ReconcileRequest[] | undefined {
    if (believed || (authentic && hints.some(isDeletion))) return undefined;
    const requests = hints.map((hint) => (hint.about === 'owners' ? undefined : requestFor(hint)));
    return requests.every((request) => request !== undefined) ? requests : undefined;
  }

  /** For each delivery the number of affected products, and whether any provision is new. */
  async ask(asked: readonly Asked[], trx: Executor): Promise<{ affected: number; news: boolean }[]> {
    const requests: RequestBy[][] = [];
    for (const each of asked) {
      const found = this.requestsOf(each) ?? (await this.find(each, trx));
      requests.push(found.map((request) => this.requestBy(request, each)));
    }
    const created = await this.acceptOnce.all(requests.flat(), trx);
    return requests.map((own) => ({
      affected: own.length,
      news: created.splice(0, own.length).includes(true),
    }));
  }

  private find({ hints, authentic, believed }: Asked, trx: Executor): Promise<ReconcileRequest[]> {
    return believed ? this.byFacts(hints, authentic, trx) : this.atPortal(hints, authentic, trx);
  }

  private requestBy({ lateMs = 0, ...request }: ReconcileRequest, { actor, delayMs }: Asked): RequestBy {
    const waitsMs = this.config.products.debounceMs + lateMs + delayMs;
    return {
      request: { ...request, origin: 'webhook', correlationId: actor.requestId, delayMs: waitsMs },
      context: actor,
    };
  }

  /** One resync instead of one provision for each delivery, at the end of the flood. Concurrent calls share it. */
  async askForEverything({ hints, authentic, delayMs, actor }: Asked): Promise<void> {
    if (authentic) await this.noteDeletions(hints, this.db);
    this.#everything ??= this.acceptResync(delayMs, actor).finally(() => (this.#everything = undefined));
    await this.#everything;
  }

  private async acceptResync(delayMs: number, context: RequestContext): Promise<void> {
    const request = {
      ...resyncRequest(),
      origin: 'webhook',
      correlationId: context.requestId,
      delayMs,
    } as const;
    await this.db.transaction().execute((trx) => this.acceptOnce.all([{ request, context }], trx));
  }

  private async atPortal(
    hints: readonly Hint[],
    authentic: boolean,
    trx: Executor,
  ): Promise<ReconcileRequest[]> {
    if (authentic) await this.noteDeletions(hints, trx);
    const requests: ReconcileRequest[] = [];
    for (const hint of hints) {
      if (hint.about === 'owners')
        requests.push(...(await this.facts.heldByOwners(trx)).map(reconcileRequest));
      else requests.push(requestFor(hint));
    }
    return requests;
  }

  private async byFacts(
    hints: readonly Hint[],
    authentic: boolean,
    trx: Executor,
  ): Promise<ReconcileRequest[]> {
    const requests: ReconcileRequest[] = [];
    for (const hint of hints) {
      const late = hint.about === 'output_port' && hint.event === 'approved' ? { lateMs: NAMELESS_MS } : {};
      for (const ref of await this.facts.take(hint, authentic, trx))
        requests.push({ ...reconcileRequest(ref), ...late });
    }
    return requests;
  }

  /** Only a delivery reports that a portal without finalizers has deleted a product. */
  private async noteDeletions(hints: readonly Hint[], db: Executor): Promise<void> {
    for (const hint of hints) if (isDeletion(hint)) await this.missing.tellDeleted(hint.ref, db);
  }
}

function isDeletion(hint: Hint): hint is Extract<Hint, { about: 'product' }> {
  return hint.about === 'product' && hint.event === 'deleted';
}

function requestFor(hint: Exclude<Hint, { about: 'owners' }>): ReconcileRequest {
  switch (hint.about) {
    case 'product':
    case 'consumer':
      return reconcileRequest(hint.ref);
    case 'output_port':
      return consumersRequest(hint.providerId, hint.outputPortId);
    default:
      // names no product: resync everything
      return resyncRequest();
  }
}
