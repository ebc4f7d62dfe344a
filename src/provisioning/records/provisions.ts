import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { authorised } from '../../auth/system-actor.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import type { ProvisionKind, ShownChange } from '../kinds/kind.js';
import { Kinds } from '../kinds/kinds.js';
import { TaskQueue } from '../queue/task-queue.js';
import { ProvisionsStore } from './provisions.store.js';

/** What is to be made true, and why. */
export interface ProvisionRequest {
  kind: string;
  /** As the caller wrote it; checked by its kind. */
  input: object;
  origin: ProvisionRow['origin'];
  idempotencyKey?: string | undefined;
  correlationId?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  parentId?: string | undefined;
  stage?: number | undefined;
  /** When it may run at the earliest. */
  dueAt?: Date | undefined;
}

/** A request whose input was read and found to be possible. */
export interface CheckedRequest extends ProvisionRequest {
  subject: string;
}

/** Accepts requests, and lets administrators see to those that wait or have failed. */
@Injectable()
export class Provisions {
  constructor(
    private readonly db: Database,
    private readonly store: ProvisionsStore,
    private readonly kinds: Kinds,
    private readonly queue: TaskQueue,
    private readonly config: AppConfig,
  ) {}

  /** Records the request and its job, or refuses it and records nothing. The same idempotency key and request: what it gave before. */
  async submit(request: ProvisionRequest, context: RequestContext): Promise<ProvisionRow> {
    const checked = await this.check(request, context);
    return this.db.transaction().execute((trx) => this.accept(checked, context, trx));
  }

  /** Reads and checks the input. Throws what is wrong with it. */
  async check(request: ProvisionRequest, context: RequestContext): Promise<CheckedRequest> {
    const { kind, input } = await this.read(request);
    await kind.validate(input, context);
    return { ...request, input, subject: kind.subjectOf(input) };
  }

  /** What the request would do in MinIO now, by whomever it was allowed to be asked for. */
  async plan(request: ProvisionRequest, context: RequestContext): Promise<ShownChange[]> {
    const { kind, input } = await this.read(request);
    await kind.validate(input, context);
    return kind.plan(input, authorised(context));
  }

  /** Records a checked request with the caller's transaction, and its job. */
  async accept(request: CheckedRequest, context: RequestContext, trx: Executor): Promise<ProvisionRow> {
    const hash = hashOf(request);
    const { row, created } = await this.store.insert(
      {
        kind: request.kind,
        subject: request.subject,
        origin: request.origin,
        input: JSON.stringify(request.input),
        max_attempts: this.config.worker.maxAttempts,
        parent_id: request.parentId ?? null,
        stage: request.stage ?? 0,
        correlation_id: request.correlationId ?? context.requestId ?? randomUUID(),
        metadata: JSON.stringify(request.metadata ?? {}),
        requested_by: context.name,
        requested_by_kind: context.kind,
        request_id: context.requestId ?? null,
        ...(request.dueAt ? { due_at: request.dueAt } : {}),
        ...(request.idempotencyKey === undefined
          ? {}
          : { idempotency_key: request.idempotencyKey, request_hash: hash }),
      },
      trx,
    );
    if (created) await this.queue.send(row.id, trx, row.due_at);
    else if (row.request_hash !== hash)
      throw new Problem('idempotency_conflict', 'The idempotency key was used for another request');
    return row;
  }

  /** The same, unless one of the same kind and subject waits to begin: what that will see includes what led to this one. */
  async acceptOnce(
    request: CheckedRequest,
    context: RequestContext,
    trx: Executor,
  ): Promise<{ row: ProvisionRow; created: boolean }> {
    const waiting = await this.store.waiting(request.kind, request.subject, trx);
    return waiting
      ? { row: waiting, created: false }
      : { row: await this.accept(request, context, trx), created: true };
  }

  /**
   * A new provision that takes back what one has created, behind everything that was accepted for the same subject before. Throws
   * `not_possible` for one that was not carried out or creates nothing, and where it was undone before.
   */
  async undo(id: string, context: RequestContext): Promise<ProvisionRow> {
    const done = await this.require(id);
    if (done.status !== 'completed') throw new Problem('not_possible', 'It was not carried out');
    if (!this.kinds.named(done.kind).undo)
      throw new Problem(
        'not_possible',
        `Provisions of the kind ${done.kind} create nothing that could be taken back`,
      );
    const { id: provision_id, subject, metadata, correlation_id: correlationId } = done;
    const request = { kind: 'undo', input: { provision_id }, origin: 'api', subject, metadata } as const;
    return this.db.transaction().execute(async (trx) => {
      await this.store.lock(done.id, trx);
      if (await this.store.isUndone(done.id, trx)) throw new Problem('not_possible', 'It was undone before');
      const row = await this.accept({ ...request, parentId: done.id, correlationId }, context, trx);
      await this.store.record(done, 'undone', { by: context.name, as: row.id }, trx);
      return row;
    });
  }

  /** Nothing of it is carried out any more; only while it waits. */
  async cancel(id: string, context: RequestContext): Promise<ProvisionRow> {
    return this.changeWaiting(id, { status: 'cancelled' }, 'cancelled', context);
  }

  /** Runs one that waits for its next attempt at once; of one that has failed, a new one is made. */
  async retry(id: string, context: RequestContext): Promise<ProvisionRow> {
    const row = await this.require(id);
    return row.status === 'failed'
      ? this.redrive(id, context)
      : this.changeWaiting(id, { dueNow: true }, 'retried', context);
  }

  /** A new provision with the request of a dead letter, which points to the old one. */
  async redrive(id: string, context: RequestContext): Promise<ProvisionRow> {
    const { kind: name, input: raw } = await this.require(id);
    await this.read({ kind: name, input: raw, origin: 'api' });
    return this.db.transaction().execute(async (trx) => {
      const dead = await this.store.deadLetter(id, trx);
      if (!dead) throw noDeadLetter();
      const { row } = await this.store.insert(
        {
          kind: name,
          subject: dead.subject,
          origin: dead.origin,
          input: JSON.stringify(dead.input),
          max_attempts: this.config.worker.maxAttempts,
          correlation_id: dead.correlation_id,
          metadata: JSON.stringify(dead.metadata),
          parent_id: dead.parent_id,
          stage: dead.stage,
          redriven_from: dead.id,
          requested_by: context.name,
          requested_by_kind: context.kind,
          request_id: context.requestId ?? null,
        },
        trx,
      );
      await this.store.record(dead, 'redriven', { as: row.id, by: context.name }, trx);
      await this.queue.send(row.id, trx);
      return row;
    });
  }

  /** Takes a dead letter from the list, for a reason. */
  async discard(id: string, reason: string, context: RequestContext): Promise<ProvisionRow> {
    await this.require(id);
    return this.db.transaction().execute(async (trx) => {
      const row = await this.store.discard(id, reason, trx);
      if (!row) throw noDeadLetter();
      await this.store.record(row, 'discarded', { reason, by: context.name }, trx);
      return row;
    });
  }

  /** Throws 404 when there is none. */
  async require(id: string): Promise<ProvisionRow> {
    const row = UUID.test(id) ? await this.store.find(id) : undefined;
    if (!row) throw new Problem('not_found', 'There is no such provision');
    return row;
  }

  private async read({
    kind: name,
    input: raw,
    metadata,
  }: ProvisionRequest): Promise<{ kind: ProvisionKind; input: object }> {
    const kind = this.kinds.named(name);
    requireText({ input: raw, metadata });
    return { kind, input: await this.kinds.readInput(kind, raw) };
  }

  private async changeWaiting(
    id: string,
    change: { status?: 'cancelled'; dueNow?: true },
    event: string,
    context: RequestContext,
  ): Promise<ProvisionRow> {
    await this.require(id);
    return this.db.transaction().execute(async (trx) => {
      const row = await this.store.changeWaiting(id, change, trx);
      if (!row) throw new Problem('not_possible', 'It does not wait any more');
      await this.store.record(row, event, { by: context.name }, trx);
      const next = await this.store.next(row.subject, trx);
      if (next) await this.queue.send(next.id, trx, next.due_at);
      return row;
    });
  }
}

function noDeadLetter(): Problem {
  return new Problem('not_possible', 'It is no dead letter, or was redriven or discarded before');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What JSON writes for a NUL, and for half a character: PostgreSQL keeps neither. */
const NO_TEXT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

function requireText(parts: Record<string, object | undefined>): void {
  for (const [field, part] of Object.entries(parts))
    if (part && NO_TEXT.test(JSON.stringify(part)))
      throw brokenRule(field, 'must not hold a NUL or half a character');
}

/** The same request has the same hash, whatever the order of its fields was. */
function hashOf({ kind, input }: ProvisionRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, sorted(input)]))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
