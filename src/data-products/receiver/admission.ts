import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sha256 } from '../../common/hash.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { type Delivery, parseDelivery } from '../webhooks/delivery.js';
import { PortalWatch } from '../watch/portal-watch.js';
import { isSigned } from '../webhooks/sign.js';

/** A received request. */
export interface Received {
  raw: Buffer;
  sign: string | undefined;
  token: string | undefined;
  /** The sender's address on the connection. */
  address: string;
  requestId: string;
  arrivedAt: number;
}

/** A delivery, and whether only the portal can have sent it: it is signed or carries the token. */
export interface Admitted {
  delivery: Delivery;
  authentic: boolean;
}

/** Decides which deliveries are accepted. */
@Injectable()
export class Admission {
  constructor(
    private readonly config: AppConfig,
    private readonly watch: PortalWatch,
  ) {}

  /** False: no portal is configured, senders cannot be authenticated, and the service is reachable from other machines. */
  get isOpen(): boolean {
    const { webhookToken, webhookSecret, portal } = this.config.products;
    return Boolean(portal ?? webhookSecret ?? webhookToken) || this.config.http.local;
  }

  /** Deliveries are checked against the portal, not trusted: there is a portal to ask, or its setting is missing and must be restored. */
  async asksPortal(): Promise<boolean> {
    return this.config.products.portal !== null || this.watch.isForgotten();
  }

  /** The delivery, if its sender can be the portal. Throws `unauthenticated`, `malformed_request`. */
  admit({ raw, sign, token }: Received): Admitted {
    const { webhookToken, webhookSecret } = this.config.products;
    if (webhookToken && !isSame(token, webhookToken.reveal()))
      throw new Problem('unauthenticated', 'The query parameter token is missing or wrong');
    const parsed = parseDelivery(raw);
    if (!parsed.ok) {
      const { field, rule } = parsed.error;
      throw new Problem('malformed_request', `${field}: ${rule}`, { errors: [parsed.error] });
    }
    const delivery = parsed.value;
    const signed = webhookSecret !== undefined && delivery.form === 'exchange';
    if (signed && !isSigned(raw, sign, webhookSecret.reveal()))
      throw new Problem('unauthenticated', 'The header Sign is missing or wrong');
    return { delivery, authentic: signed || webhookToken !== undefined };
  }

  /** Throws `unauthenticated` for a delivery that must be trusted, because no portal can be asked, but that anybody can have sent. */
  async requireBelievable({ delivery, authentic }: Admitted): Promise<void> {
    if (authentic || this.config.products.portal) return;
    if (await this.watch.isForgotten())
      throw new Problem(
        'unauthenticated',
        'This service used a portal before: while PORTAL_API_URL is not set, deliveries must be signed or carry a token',
      );
    if (delivery.form !== 'exchange')
      throw new Problem(
        'unauthenticated',
        'Events are not signed: without PORTAL_API_URL they need the token of WEBHOOK_TOKEN',
      );
    if (!this.config.http.local)
      throw new Problem(
        'unauthenticated',
        'Without PORTAL_API_URL, deliveries must be signed or carry a token: see WEBHOOK_SECRET and WEBHOOK_TOKEN',
      );
  }
}

function isSame(given: string | undefined, wanted: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given ?? '')), Buffer.from(sha256(wanted)));
}
