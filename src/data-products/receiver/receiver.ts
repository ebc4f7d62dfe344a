import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { systemActor } from '../../auth/system-actor.js';
import { sha256 } from '../../common/hash.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor } from '../../database/schema.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import { consumersRequest, reconcileRequest, resyncRequest } from '../reconcile/requests.js';
import { type Delivery, fingerprintOf, parseDelivery } from '../webhooks/delivery.js';
import type { Hint } from '../webhooks/hint.js';
import { hintsOf } from '../webhooks/hints.js';
import { isSigned } from '../webhooks/sign.js';
import { DeliveriesStore } from './deliveries.store.js';
import { Facts } from './facts.js';

const LOOPBACK = /^(127\.|::1$|localhost$)/;
/** How much later a provider is looked at that so far is only known by its id: its name may be on its way. */
const NAMELESS_MS = 1000;

/** A request as it arrived. */
export interface Received {
  raw: Buffer;
  sign: string | undefined;
  token: string | undefined;
  requestId: string;
  arrivedAt: number;
}

/** What the sender is told. */
export interface Receipt {
  status: 'accepted' | 'ignored' | 'duplicate';
  reason?: string;
}

/** Takes deliveries of the portal: checks them, remembers them, and asks for a look at what they are about. The portal and MinIO are not asked here. */
@Injectable()
export class Receiver {
  constructor(
    private readonly db: Database,
    private readonly deliveries: DeliveriesStore,
    private readonly facts: Facts,
    private readonly provisions: Provisions,
    private readonly config: AppConfig,
  ) {}

  async receive(received: Received): Promise<Receipt> {
    const delivery = this.admit(received);
    const understood = hintsOf(delivery);
    if ('ignored' in understood) return { status: 'ignored', reason: understood.ignored };
    const { raw, requestId, arrivedAt } = received;
    const fingerprint = fingerprintOf(raw, delivery);
    return this.db.transaction().execute(async (trx): Promise<Receipt> => {
      const fresh = await this.deliveries.remember(
        aboutOf(delivery, understood.hints, fingerprint),
        fingerprint,
        trx,
      );
      // equal exchanges may be two actions, as a port's approval for one consumer and then for another: where the portal can be asked, only
      // the look that still waits makes one superfluous
      const asked = this.config.products.portal !== null && delivery.form === 'exchange';
      if (!fresh && !asked) return { status: 'duplicate' };
      const requests = await this.requestsOf(understood.hints, trx);
      if (requests.length === 0)
        return { status: 'ignored', reason: 'it concerns nothing that is known here' };
      const actor = systemActor('data-product-portal', { requestId, arrivedAt });
      let news = fresh;
      for (const { lateMs = 0, ...request } of requests) {
        const dueAt = new Date(Date.now() + this.config.products.debounceMs + lateMs);
        const { created } = await this.provisions.acceptOnce(
          { ...request, origin: 'webhook', correlationId: requestId, dueAt },
          actor,
          trx,
        );
        news ||= created;
      }
      return { status: news ? 'accepted' : 'duplicate' };
    });
  }

  /** The delivery, if it may come from whom it says that it does. */
  private admit({ raw, sign, token }: Received): Delivery {
    const { webhookToken, webhookSecret, portal } = this.config.products;
    if (webhookToken && !isSame(token, webhookToken.reveal()))
      throw new Problem('unauthenticated', 'The query parameter token is missing or wrong');
    const parsed = parseDelivery(raw);
    if (!parsed.ok) {
      const { field, rule } = parsed.error;
      throw new Problem('malformed_request', `${field}: ${rule}`, { errors: [parsed.error] });
    }
    const delivery = parsed.value;
    if (delivery.form === 'exchange') {
      if (webhookSecret && !isSigned(raw, sign, webhookSecret.reveal()))
        throw new Problem('unauthenticated', 'The header Sign is missing or wrong');
      // without a portal to ask, what is said is believed: not from everybody
      if (!portal && !webhookSecret && !webhookToken && !LOOPBACK.test(this.config.http.host))
        throw new Problem(
          'unauthenticated',
          'Without PORTAL_API_URL deliveries must be signed: see WEBHOOK_SECRET',
        );
    }
    return delivery;
  }

  private async requestsOf(hints: readonly Hint[], trx: Executor) {
    const requests: (ReturnType<typeof reconcileRequest | typeof consumersRequest | typeof resyncRequest> & {
      lateMs?: number;
    })[] = [];
    for (const hint of hints) {
      if (this.config.products.portal) requests.push(lookAt(hint));
      else
        for (const ref of await this.facts.take(hint, trx))
          requests.push({
            ...reconcileRequest(ref),
            ...(hint.about === 'output_port' && hint.event === 'approved' ? { lateMs: NAMELESS_MS } : {}),
          });
    }
    return requests;
  }
}

function lookAt(hint: Hint) {
  switch (hint.about) {
    case 'product':
    case 'consumer':
      return reconcileRequest(hint.ref);
    case 'output_port':
      return consumersRequest(hint.providerId, hint.outputPortId);
    default:
      // names nobody: everything is looked at
      return resyncRequest();
  }
}

/** Events have ids of their own. Exchanges have none: one that gives or takes access may be repeated in earnest after any other. */
function aboutOf(delivery: Delivery, hints: readonly Hint[], fingerprint: string): string {
  if (delivery.form !== 'exchange') return `event:${fingerprint}`;
  const [hint] = hints;
  return hint?.about === 'product' ? `product:${hint.ref.id}` : 'access';
}

function isSame(given: string | undefined, wanted: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given ?? '')), Buffer.from(sha256(wanted)));
}
