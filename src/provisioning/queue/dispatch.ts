import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import type { Waiting } from '../records/provisions.store.js';
import { NextStore } from './next.store.js';
import type { Claim, Claimed, Ended } from './runs.store.js';
import { TaskTransport } from './task-transport.js';

/** A wait that this process does not remember, in milliseconds: the worker finds such a provision soon after it is due. */
const LONG_MS = 3_600_000;
/** So that a timer is never too early. */
const LATER_MS = 10;

/** A provision for the caller to run; none if `id` is undefined. */
export interface Kept {
  /** How it is claimed where the statement that makes it runnable can claim it, too. */
  claim: Claim;
  id?: string;
  /** The transaction has locked it: a claim in it waits for nobody who may wait for the transaction. */
  isLocked?: boolean;
  /** It is claimed already. */
  claimed?: Claimed;
}

/** Gives provisions to the workers when they are due. */
@Injectable()
export class Dispatch implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Dispatch');
  readonly #waiting = new Set<NodeJS.Timeout>();
  /** What the transactions of {@link keepOne} have kept. */
  readonly #kept = new WeakMap<Executor, Kept>();

  constructor(
    private readonly transport: TaskTransport,
    private readonly following: NextStore,
    private readonly db: Database,
  ) {}

  beforeApplicationShutdown(): void {
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }

  /**
   * The first provision that the transaction makes runnable at once is not given to the workers: the caller runs it after the commit. If the
   * process ends before that, another one takes it over: ten seconds later, or when the lease is over if the caller has claimed it.
   */
  keepOne(trx: Executor, claim: Claim): Kept {
    const kept: Kept = { claim };
    this.#kept.set(trx, kept);
    return kept;
  }

  /**
   * Call it in the transaction that records how an attempt ended, or that a provision was cancelled: the next one of the subject goes on, and
   * what waited for this one.
   */
  async ended(row: Ended, trx: Executor): Promise<void> {
    if (isFinal(row)) return this.finished(row, trx);
    const next = row.next === undefined ? await this.following.next(row.subject, trx) : row.next;
    if (next) await this.give(next, false, trx);
  }

  private async finished(row: ProvisionRow, trx: Executor): Promise<void> {
    await this.transport.ended(row, trx);
    const kept = this.#kept.get(trx);
    const claim = kept?.id === undefined ? kept?.claim : undefined;
    for (const each of await this.following.wakeAfter(row, claim, trx))
      if (kept && each.status === 'processing') Object.assign(kept, { id: each.id, claimed: each });
      else await this.give(each, each.is_woken, trx);
  }

  /**
   * Call it in the transaction that makes the provision runnable. If the process ends while the provision waits, a worker finds it ten seconds
   * after it was due.
   */
  send(waiting: Waiting, trx: Executor): Promise<void> {
    return this.give(waiting, true, trx);
  }

  private async give({ id, wait_ms: waitMs }: Waiting, isLocked: boolean, trx: Executor): Promise<void> {
    const kept = this.#kept.get(trx);
    if (waitMs <= 0 && kept && kept.id === undefined) {
      Object.assign(kept, { id, isLocked });
      return;
    }
    if (waitMs <= 0) return this.transport.publish(id, trx);
    if (waitMs > LONG_MS) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.transport
        .publish(id, this.db)
        .catch((error: unknown) => this.logger.warn(`later: ${messageOf(error)}`));
    }, waitMs + LATER_MS);
    this.#waiting.add(timer.unref());
  }
}

function isFinal({ status }: ProvisionRow): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}
