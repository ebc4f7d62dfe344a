import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../common/caller.js';
import { AppConfig } from '../config/app-config.js';
import type { Executor } from '../database/schema.js';
import { Provisions } from '../provisioning/records/provisions.js';
import { MAIL_KIND, WEBHOOK_KIND } from './channel-kind.js';
import { type Deliveries, DeliveriesStore } from './deliveries.store.js';
import type { Notice } from './notice.js';

/** One channel: whether it is configured, and how its deliveries go. */
export interface Channel extends Deliveries {
  name: 'webhook' | 'mail';
  configured: boolean;
}

/** Tells people what they have to decide, and what was decided. */
@Injectable()
export class Notifications {
  constructor(
    private readonly provisions: Provisions,
    private readonly store: DeliveriesStore,
    private readonly config: AppConfig,
  ) {}

  /**
   * Records the notice for each configured channel in the caller's transaction; it is delivered after the commit, and again until the
   * receiver takes it. Notices of one request arrive in order.
   */
  async tell(notice: Notice, actor: Actor, trx: Executor): Promise<void> {
    const { webhook, mail } = this.config.notifications;
    const input = { id: randomUUID(), ...notice };
    for (const kind of [...(webhook ? [WEBHOOK_KIND] : []), ...(mail ? [MAIL_KIND] : [])]) {
      const subject = `${kind}:${notice.request.id}`;
      await this.provisions.accept({ kind, subject, input, origin: 'api' }, actor, trx);
    }
  }

  /** How the deliveries of each channel go. */
  async channels(): Promise<Channel[]> {
    const { webhook, mail } = this.config.notifications;
    const summary = await this.store.summary();
    return [
      { name: 'webhook', configured: webhook !== undefined, ...summary.webhook },
      { name: 'mail', configured: mail !== undefined, ...summary.mail },
    ];
  }
}
