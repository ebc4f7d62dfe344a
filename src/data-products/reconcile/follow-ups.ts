import { Injectable } from '@nestjs/common';
import { Database } from '../../database/schema.js';
import type { RunContext } from '../../provisioning/kinds/kind.js';
import { Provisions } from '../../provisioning/records/provisions.js';
import type { ProductRef } from '../portal/refs.js';
import { reconcileRequest, resyncRequest } from './requests.js';

/** Enqueues the reconciliation of related products. */
@Injectable()
export class FollowUps {
  constructor(
    private readonly db: Database,
    private readonly provisions: Provisions,
  ) {}

  /** Enqueues a resync unless one is already waiting. */
  async resync({ provisionId, actor, correlationId }: RunContext): Promise<void> {
    const request = {
      ...resyncRequest(),
      origin: 'reconcile',
      parentId: provisionId,
      correlationId,
    } as const;
    await this.db.transaction().execute((trx) => this.provisions.acceptOnce(request, actor, trx));
  }

  async enqueue(
    refs: readonly ProductRef[],
    { provisionId, actor, correlationId }: RunContext,
  ): Promise<void> {
    if (refs.length === 0) return;
    await this.db.transaction().execute(async (trx) => {
      for (const { kind, id } of refs) {
        const request = {
          ...reconcileRequest({ kind, id }),
          origin: 'reconcile',
          parentId: provisionId,
          correlationId,
        } as const;
        await this.provisions.acceptOnce(request, actor, trx);
      }
    });
  }
}
