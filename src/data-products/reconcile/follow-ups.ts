import { Injectable } from '@nestjs/common';
import { Database } from '../../database/schema.js';
import type { RunContext } from '../../provisioning/kinds/kind.js';
import { AcceptOnce, type RequestBy } from '../../provisioning/records/accept-once.js';
import type { ProductRef } from '../portal/refs.js';
import { reconcileRequest, resyncRequest } from './requests.js';

/** Enqueues the reconciliation of related products. */
@Injectable()
export class FollowUps {
  constructor(
    private readonly db: Database,
    private readonly acceptOnce: AcceptOnce,
  ) {}

  /** Enqueues a resync unless one is already waiting. */
  resync(context: RunContext): Promise<void> {
    return this.accept([resyncRequest()], context);
  }

  /** Enqueues these products, except those that wait already. */
  enqueue(refs: readonly ProductRef[], context: RunContext): Promise<void> {
    return this.accept(refs.map(reconcileRequest), context);
  }

  private async accept(
    requests: readonly Pick<RequestBy['request'], 'kind' | 'input' | 'subject'>[],
    { provisionId, actor, correlationId }: RunContext,
  ): Promise<void> {
    if (requests.length === 0) return;
    const all = requests.map((request): RequestBy => ({
      request: { ...request, origin: 'reconcile', parentId: provisionId, correlationId },
      context: actor,
    }));
    await this.db.transaction().execute((trx) => this.acceptOnce.all(all, trx));
  }
}
