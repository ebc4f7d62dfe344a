import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { Actor } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import { Kinds } from '../kinds/kinds.js';
import { Dispatch } from '../queue/dispatch.js';
import { Provisions } from './provisions.js';
import { ProvisionsStore } from './provisions.store.js';

/** What administrators do with accepted provisions: undo, cancel, retry, redrive, discard. */
@Injectable()
export class ProvisionActions {
  constructor(
    private readonly db: Database,
    private readonly store: ProvisionsStore,
    private readonly provisions: Provisions,
    private readonly kinds: Kinds,
    private readonly dispatch: Dispatch,
  ) {}

  /**
   * Creates a provision that undoes another one, after everything that was accepted for the same subject earlier. Throws `not_possible` if
   * that one was not completed, creates nothing, or was already undone.
   */
  async undo(id: string, context: RequestContext): Promise<ProvisionRow> {
    const done = await this.provisions.require(id);
    if (done.status !== 'completed' && !(this.kinds.isPartial(done.kind) && isOver(done)))
      throw new Problem('not_possible', 'It was not completed');
    if (!this.kinds.named(done.kind).undo)
      throw new Problem(
        'not_possible',
        `Provisions of the kind ${done.kind} create nothing that can be undone`,
      );
    return this.db.transaction().execute((trx) => this.undoIn(done, 'api', context, trx));
  }

  /** Like {@link undo}, in the caller's transaction, of one that can be undone. The provision `wakes` goes on when it has ended. */
  async undoIn(
    done: ProvisionRow,
    origin: ProvisionRow['origin'],
    context: Actor,
    trx: Executor,
    wakes?: string,
  ): Promise<ProvisionRow> {
    const { id: provision_id, subject, metadata, correlation_id: correlationId } = done;
    await this.store.lock(done.id, trx);
    if (await this.store.undoOf(done.id, trx)) throw new Problem('not_possible', 'It was already undone');
    const request = { kind: 'undo', input: { provision_id }, origin, subject, metadata, wakes };
    const row = await this.provisions.accept({ ...request, parentId: done.id, correlationId }, context, trx);
    await this.store.record(done, 'undone', { by: context.name, as: row.id }, trx);
    return row;
  }

  /** The provision that undoes it, unless that failed or was cancelled. */
  undoOf(id: string): Promise<{ id: string } | undefined> {
    return this.store.undoOf(id);
  }

  /** Cancels a waiting provision, which will not run, or a running one whose kind can be stopped or asked to end. */
  async cancel(id: string, context: RequestContext): Promise<ProvisionRow> {
    await this.provisions.require(id);
    return this.db.transaction().execute((trx) => this.cancelIn(id, context, trx));
  }

  /** Like {@link cancel}, in the caller's transaction. */
  async cancelIn(id: string, actor: Actor, trx: Executor): Promise<ProvisionRow> {
    const cancelled = await this.store.cancel(id, this.kinds.stoppable, trx);
    if (cancelled) return this.cancelled(cancelled, actor, trx);
    const begun = waiting(await this.endable(id, trx));
    return (await this.askToEnd(begun, actor, trx)) ?? begun;
  }

  /** Asks provisions that have begun to end by themselves, in the caller's transaction, where their kind can. */
  async askToEndIn(rows: readonly ProvisionRow[], actor: Actor, trx: Executor): Promise<void> {
    for (const row of rows) await this.askToEnd(row, actor, trx);
  }

  /** Undefined: it was asked, or has ended meanwhile. */
  private async askToEnd(row: ProvisionRow, actor: Actor, trx: Executor): Promise<ProvisionRow | undefined> {
    const isAsked = await this.kinds.find(row.kind)?.askToEnd?.(row, actor, trx);
    if (isAsked !== false) return undefined;
    const cancelled = await this.store.cancel(row.id, [row.kind], trx);
    return cancelled && this.cancelled(cancelled, actor, trx);
  }

  private async cancelled(row: ProvisionRow, actor: Actor, trx: Executor): Promise<ProvisionRow> {
    await this.store.record(row, 'cancelled', { by: actor.name }, trx);
    await this.kinds.find(row.kind)?.recorded?.(this.kinds.inputOf(row.kind, row.input), row, trx);
    await this.dispatch.ended(row, trx);
    return row;
  }

  /** One that has begun, has not ended, and can be asked to end. */
  private async endable(id: string, trx: Executor): Promise<ProvisionRow | undefined> {
    const row = await this.store.find(id, trx);
    const isBegun = row?.status === 'processing' || row?.status === 'pending_action';
    return isBegun && this.kinds.find(row.kind)?.askToEnd ? row : undefined;
  }

  /** Runs a waiting provision immediately; a failed one is repeated as a new provision. */
  async retry(id: string, context: RequestContext): Promise<ProvisionRow> {
    const { status } = await this.provisions.require(id);
    if (status === 'failed') return this.redrive(id, context);
    return this.db.transaction().execute(async (trx) => {
      const row = waiting(await this.store.makeDue(id, trx));
      await this.store.record(row, 'retried', { by: context.name }, trx);
      await this.dispatch.ended(row, trx);
      return row;
    });
  }

  /** Repeats a dead letter as a new provision, which points to the old one. */
  async redrive(id: string, context: RequestContext): Promise<ProvisionRow> {
    await this.provisions.read(await this.provisions.require(id));
    return this.db.transaction().execute(async (trx) => {
      const row = await this.redriveIn(id, context, trx);
      if (!row) throw noDeadLetter();
      return row;
    });
  }

  /** Like {@link redrive}, in the caller's transaction; undefined: it is no dead letter, or was already redriven or discarded. */
  async redriveIn(id: string, context: Actor, trx: Executor, delayMs = 0): Promise<ProvisionRow | undefined> {
    const dead = await this.store.deadLetter(id, trx);
    if (!dead) return undefined;
    const { kind, subject, origin, correlation_id, parent_id } = dead;
    const { row, waiting } = await this.store.insert(
      {
        ...{ kind, subject, origin, correlation_id, parent_id },
        input: JSON.stringify(dead.input),
        max_attempts: this.provisions.maxAttempts(kind),
        metadata: JSON.stringify(dead.metadata),
        redriven_from: dead.id,
        requested_by: context.name,
        requested_by_kind: context.kind,
        request_id: context.requestId ?? null,
      },
      trx,
      { delayMs },
    );
    await this.store.record(dead, 'redriven', { as: row.id, by: context.name }, trx);
    if (waiting) await this.dispatch.send(waiting, trx);
    return row;
  }

  /** Discards a dead letter, with a reason. */
  async discard(id: string, reason: string, context: RequestContext): Promise<ProvisionRow> {
    await this.provisions.require(id);
    return this.db.transaction().execute(async (trx) => {
      const row = await this.store.discard(id, reason, trx);
      if (!row) throw noDeadLetter();
      await this.store.record(row, 'discarded', { reason, by: context.name }, trx);
      return row;
    });
  }
}

function isOver({ status }: ProvisionRow): boolean {
  return status === 'failed' || status === 'cancelled';
}

function waiting(row: ProvisionRow | undefined): ProvisionRow {
  if (!row) throw new Problem('not_possible', 'It is no longer waiting');
  return row;
}

function noDeadLetter(): Problem {
  return new Problem('not_possible', 'It is not a dead letter, or was already redriven or discarded');
}
