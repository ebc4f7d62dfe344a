import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { authorised } from '../../auth/system-actor.js';
import type { Actor } from '../../common/caller.js';
import { digestOf } from '../../common/canonical.js';
import { brokenRule, noSuch, Problem } from '../../common/problems/problem.js';
import { currentTraceParent } from '../../common/tracing/tracing.js';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import { type AskContext, type ProvisionKind, type ShownChange, teamOf } from '../kinds/kind.js';
import { Kinds } from '../kinds/kinds.js';
import { Dispatch } from '../queue/dispatch.js';
import { ProvisionsStore } from './provisions.store.js';

/** A request for a provision, and its reason. */
export interface ProvisionRequest {
  kind: string;
  /** The caller's input, which its kind checks. */
  input: object;
  origin: ProvisionRow['origin'];
  idempotencyKey?: string | undefined;
  correlationId?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  parentId?: string | undefined;
  /** The provision that goes on when this one has ended. */
  wakes?: string | undefined;
  /** How long it waits at first, in milliseconds. */
  delayMs?: number | undefined;
  /** It fails if it is not done this long after it was accepted, in milliseconds. */
  timeLimitMs?: number | undefined;
}

/** A request with a parsed and validated input. */
export interface CheckedRequest extends ProvisionRequest {
  subject: string;
}

/** Accepts requests. {@link ProvisionActions} is what administrators do with them afterwards. */
@Injectable()
export class Provisions {
  constructor(
    private readonly db: Database,
    private readonly store: ProvisionsStore,
    private readonly kinds: Kinds,
    private readonly dispatch: Dispatch,
    private readonly config: AppConfig,
  ) {}

  /** Records the request and its job, or refuses it. A repeated idempotency key with the same request returns the earlier provision. */
  async submit(request: ProvisionRequest, context: RequestContext): Promise<ProvisionRow> {
    const checked = await this.check(request, context);
    return this.db.transaction().execute((trx) => this.accept(checked, context, trx));
  }

  /** Reads and validates the input. Throws if it is invalid. */
  async check(request: ProvisionRequest, context: RequestContext): Promise<CheckedRequest> {
    const { kind, input } = await this.read(request);
    await kind.validate?.(input, { ...context, team: teamOf(request.metadata) });
    return { ...request, input, subject: kind.subjectOf(input) };
  }

  /** The changes that the request would make, for a caller who is authorized to make it. */
  async plan(request: ProvisionRequest, context: AskContext): Promise<ShownChange[]> {
    const { kind, input } = await this.read(request);
    const asked = { ...context, team: teamOf(request.metadata) };
    await kind.validate?.(input, asked);
    requireLeft(kind, input, asked);
    return kind.plan(input, authorised(asked));
  }

  /** Records a checked request and its job in the caller's transaction. `AcceptOnce` does so unless one waits that covers it. */
  async accept(request: CheckedRequest, context: Actor, trx: Executor): Promise<ProvisionRow> {
    const hash = hashOf(request);
    const { row, waiting } = await this.store.insert(
      {
        kind: request.kind,
        subject: request.subject,
        origin: request.origin,
        input: JSON.stringify(request.input),
        max_attempts: this.maxAttempts(request.kind),
        parent_id: request.parentId ?? null,
        wakes: request.wakes ?? null,
        correlation_id: request.correlationId ?? context.requestId ?? randomUUID(),
        metadata: JSON.stringify(request.metadata ?? {}),
        requested_by: context.name,
        requested_by_kind: context.kind,
        request_id: context.requestId ?? null,
        trace_parent: currentTraceParent(),
        ...(request.idempotencyKey === undefined
          ? {}
          : { idempotency_key: request.idempotencyKey, request_hash: hash }),
      },
      trx,
      { delayMs: request.delayMs, timeLimitMs: request.timeLimitMs },
    );
    if (waiting) await this.dispatch.send(waiting, trx);
    else if (row.request_hash !== hash)
      throw new Problem(
        'idempotency_conflict',
        'The idempotency key was already used for a different request',
      );
    return row;
  }

  /** Adds an event to its history, in the caller's transaction. */
  record(row: ProvisionRow, event: string, detail: Record<string, unknown>, trx: Executor): Promise<void> {
    return this.store.record(row, event, detail, trx);
  }

  /** Throws 404 if it does not exist. */
  async require(id: string): Promise<ProvisionRow> {
    const row = await this.store.find(id);
    if (!row) throw noSuch('provision');
    return row;
  }

  /** Makes a waiting provision due, in the caller's transaction. */
  async makeDue(id: string, trx: Executor): Promise<void> {
    const row = await this.store.makeDue(id, trx);
    if (row) await this.dispatch.send({ id, wait_ms: 0 }, trx);
  }

  /** Keeps its outcome from being recorded until the end of the transaction. */
  lock(id: string, trx: Executor): Promise<void> {
    return this.store.lock(id, trx);
  }

  /** Lets a provision go on that waits, in the caller's transaction, which has called {@link lock} before it read what it is waiting for. */
  async wake(id: string, trx: Executor): Promise<void> {
    const woken = await this.store.wake(id, trx);
    if (woken) await this.dispatch.send(woken, trx);
  }

  /** How often a provision of the kind is tried; null: until it succeeds or cannot. */
  maxAttempts(kind: string): number | null {
    return this.kinds.isLong(kind) ? null : this.config.worker.maxAttempts;
  }

  /** Reads an input as its kind's class. Throws if its form is wrong. */
  async read({
    kind: name,
    input: raw,
    metadata,
  }: Pick<ProvisionRequest, 'kind' | 'input' | 'metadata'>): Promise<{ kind: ProvisionKind; input: object }> {
    const kind = this.kinds.named(name);
    requireText({ input: raw, metadata });
    return { kind, input: await this.kinds.readInput(name, raw) };
  }
}

/** Throws `not_possible` if something that is needed will have been removed by then. */
export function requireLeft(kind: ProvisionKind, input: object, context: AskContext): void {
  const needed = kind.needs?.(input, context) ?? [];
  const gone = needed.find((each) => context.expected?.has(each) === false);
  if (gone) throw new Problem('not_possible', `The ${gone.kind} ${gone.name} will have been removed before`);
}

/** JSON escapes for NUL and for surrogates: PostgreSQL cannot store them. */
const NO_TEXT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Throws 422 for a part that PostgreSQL cannot store. */
export function requireText(parts: Record<string, object | undefined>): void {
  for (const [field, part] of Object.entries(parts))
    if (part && NO_TEXT.test(JSON.stringify(part)))
      throw brokenRule(field, 'must not contain a NUL or an unpaired surrogate');
}

/** The same request has the same hash, regardless of the order of its fields. */
export function hashOf({ kind, input }: Pick<ProvisionRequest, 'kind' | 'input'>): string {
  return digestOf([kind, input]);
}
