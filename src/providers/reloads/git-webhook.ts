import { Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { Flood } from '../../auth/flood.js';
import { systemActor } from '../../auth/system-actor.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { Database } from '../../database/schema.js';
import { AcceptOnce, type RequestBy } from '../../provisioning/records/accept-once.js';
import { ProvidersStore } from '../providers.store.js';
import { concerns, isAuthentic, pushOf } from './push.js';
import { reloadRequest } from './reload-request.js';

/** How long a load waits for more deliveries about the same provider, in milliseconds. */
const DEBOUNCE_MS = 2000;

/** A delivery of a Git server. */
export interface GitDelivery {
  raw: Buffer;
  body: unknown;
  headers: IncomingHttpHeaders;
  /** The sender's address on the connection. */
  address: string;
  requestId: string;
}

/** The answer to the Git server. */
export interface GitReceipt {
  status: 'accepted' | 'ignored';
  reason?: string;
}

/** Takes deliveries of Git servers. One says where to look, never what is there: the repository itself is asked afterwards. */
@Injectable()
export class GitWebhook {
  constructor(
    private readonly config: AppConfig,
    private readonly db: Database,
    private readonly flood: Flood,
    private readonly store: ProvidersStore,
    private readonly acceptOnce: AcceptOnce,
  ) {}

  /** Throws `unauthenticated` if it is not signed with the secret, and `not_found` if there is no secret. */
  async receive(delivery: GitDelivery): Promise<GitReceipt> {
    const { body, headers, address, requestId } = delivery;
    await this.admit(delivery);
    const push = pushOf(body, headers);
    if (!push) return { status: 'ignored', reason: 'It tells of no push' };
    const movable = await this.store.movable();
    const names = movable.filter((row) => concerns(push, row)).map(({ name }) => name);
    if (names.length === 0) return { status: 'ignored', reason: 'No provider is loaded from there' };
    const delayMs = Math.max(DEBOUNCE_MS, await this.flood.delayMs(true, address));
    const context = systemActor('git-webhook', { requestId });
    const requests = names.map((name): RequestBy => ({
      request: { ...reloadRequest(name), origin: 'webhook', correlationId: requestId, delayMs },
      context,
    }));
    await this.db.transaction().execute(async (trx) => {
      await this.store.lock(names, trx);
      await this.acceptOnce.all(requests, trx);
    });
    return { status: 'accepted' };
  }

  private async admit({ raw, headers, address }: GitDelivery): Promise<void> {
    const { webhookSecret } = this.config.providers.reloads;
    if (!webhookSecret) throw new Problem('not_found', 'This service takes no deliveries of Git servers');
    if (isAuthentic(raw, headers, webhookSecret.reveal())) return;
    const refusal = new Problem('unauthenticated', 'The signature of the body is missing or wrong');
    throw await this.flood.refusal(refusal, address);
  }
}
