import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import { Dispatch } from '../queue/dispatch.js';
import { type CheckedRequest, Provisions } from './provisions.js';
import { AcceptOnceStore, type NewRequest } from './accept-once.store.js';

/** A request, and who makes it. */
export interface RequestBy {
  request: Pick<
    CheckedRequest,
    'kind' | 'subject' | 'input' | 'origin' | 'parentId' | 'correlationId' | 'delayMs'
  >;
  context: Actor;
}

/** Accepts requests that a waiting provision of the same kind and subject covers. */
@Injectable()
export class AcceptOnce {
  constructor(
    private readonly store: AcceptOnceStore,
    private readonly dispatch: Dispatch,
    private readonly provisions: Provisions,
  ) {}

  /**
   * Records each request and its job in the caller's transaction, unless a provision of the same kind and subject is waiting to start: its
   * run will also cover the request. Of requests with the same kind and subject, the first counts. Returns for each whether it was recorded.
   * One statement, and one for each new job.
   */
  async all(requests: readonly RequestBy[], trx: Executor): Promise<boolean[]> {
    const first = new Map<string, RequestBy>();
    for (const each of requests) if (!first.has(keyOf(each.request))) first.set(keyOf(each.request), each);
    if (first.size === 0) return [];
    const rows = [...first.values()].map((each) => this.rowOf(each));
    const added = await this.store.add(rows, trx);
    for (const waiting of added) await this.dispatch.send(waiting, trx);
    const keys = new Set(added.map(keyOf));
    return requests.map((each) => keys.has(keyOf(each.request)) && first.get(keyOf(each.request)) === each);
  }

  /** The same for one request. Returns the provision that covers it. */
  async one(each: RequestBy, trx: Executor): Promise<ProvisionRow> {
    await this.all([each], trx);
    return this.store.waiting(each.request.kind, each.request.subject, trx);
  }

  private rowOf({ request, context }: RequestBy): NewRequest {
    return {
      kind: request.kind,
      subject: request.subject,
      origin: request.origin,
      input: request.input,
      max_attempts: this.provisions.maxAttempts(request.kind),
      parent_id: request.parentId ?? null,
      correlation_id: request.correlationId ?? context.requestId ?? randomUUID(),
      requested_by: context.name,
      requested_by_kind: context.kind,
      request_id: context.requestId ?? null,
      delay_ms: request.delayMs ?? 0,
    };
  }
}

function keyOf({ kind, subject }: Pick<CheckedRequest, 'kind' | 'subject'>): string {
  return `${kind} ${subject}`;
}
