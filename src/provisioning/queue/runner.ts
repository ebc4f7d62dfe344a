import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { backoffMs } from '../../common/work/backoff.js';
import { Lease, LeaseLost } from '../../common/work/lease.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { systemActor } from '../../auth/system-actor.js';
import { Problem } from '../../common/problems/problem.js';
import { Database, type Executor, type ProvisionRow } from '../../database/schema.js';
import {
  Cancelled,
  Interrupted,
  plannedOf,
  type ProvisionResult,
  type RunContext,
  teamOf,
  Wait,
} from '../kinds/kind.js';
import { Kinds } from '../kinds/kinds.js';
import { Dispatch } from './dispatch.js';
import { inRunSpan } from './run-span.js';
import { LongRuns } from './long-runs.js';
import { type Claim, type Claimed, isTaken, type RunOutcome, RunsStore } from './runs.store.js';
import { StalledStore } from './stalled.store.js';
import { TimeLimit, timedOut } from './time-limit.js';

/** How long a process keeps a provision without a heartbeat, in milliseconds. */
export const LEASE_MS = 15_000;
const HEARTBEAT_MS = 4000;
/** How long a worker goes on with what its provision let go on, in milliseconds: then what waits in the queue has its turn. */
const GO_ON_MS = 2000;

/** A provision that this process has claimed. */
interface Taken {
  row: Claimed;
  holder: string;
  /** `performance.now()` before it was claimed. */
  takenAt: number;
}

/** What to run next; with `taken` it is claimed already. */
interface Next {
  id: string;
  taken?: Taken | undefined;
}

/** What an attempt runs under. */
interface Terms {
  holder: string;
  lease: Lease;
  limit: TimeLimit;
  /** Whether what goes on at its end is run by the same worker, instead of being enqueued. */
  goesOn: boolean;
}

/** Runs one provision: claims it, applies its kind, records the outcome. */
@Injectable()
export class Runner {
  private readonly logger = new Logger('Runner');
  readonly #long = new LongRuns((id) => this.run(id));
  #isStopping = false;

  constructor(
    private readonly db: Database,
    private readonly runs: RunsStore,
    private readonly kinds: Kinds,
    private readonly dispatch: Dispatch,
    private readonly stalled: StalledStore,
  ) {}

  /**
   * Runs the provision if it is due and next in order, and what its end lets go on: the next step of a workflow, say. Never throws. A run of
   * a long kind goes on after this returns. {@link ProvisionWorker} resumes unfinished provisions.
   */
  async run(id: string): Promise<void> {
    const until = performance.now() + GO_ON_MS;
    let next: Next | undefined = { id };
    while (next) next = await this.runOne(next, until);
  }

  /** Returns what goes on. */
  private async runOne({ id, taken }: Next, until: number): Promise<Next | undefined> {
    try {
      const except = this.full;
      const claimed = taken ?? (await this.claim(id, this.db));
      if (!claimed && except.length > 0) this.#long.postpone(id);
      if (!claimed) return undefined;
      const { row, holder, takenAt } = claimed;
      const renew = () => this.runs.renew(id, holder, LEASE_MS);
      const lease = new Lease({ ttlMs: LEASE_MS, takenAt, renew });
      const isLong = this.kinds.isLong(row.kind);
      const goesOn = !isLong && takenAt < until;
      const terms = { holder, lease, limit: new TimeLimit(row.left_ms, takenAt), goesOn };
      const work = inRunSpan(row, (tell) => this.work(row, terms, tell));
      if (!isLong) return await work;
      this.#long.add(work);
    } catch (error) {
      this.postponed(id, error);
    }
    return undefined;
  }

  private async claim(id: string, db: Executor, claim = this.newClaim()): Promise<Taken | undefined> {
    const takenAt = performance.now();
    const row = await this.runs.claim(id, claim, db);
    return row && { row, holder: claim.holder, takenAt };
  }

  private newClaim(): Claim {
    return { holder: randomUUID(), leaseMs: LEASE_MS, except: this.full };
  }

  /** The kinds that this process takes no more of at present. */
  get full(): readonly string[] {
    return this.#long.isFull ? this.kinds.long : [];
  }

  /** Interrupts runs of long kinds, and waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#long.stop();
  }

  /** Ends those that wait past their deadline, and lets go on what waited for them. */
  async endOverdue(): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      for (const row of await this.stalled.overdue(timedOut, trx)) {
        await this.recorded(row, trx);
        await this.dispatch.ended(row, trx);
      }
    });
  }

  private async work(
    row: ProvisionRow,
    terms: Terms,
    tell: (outcome: RunOutcome) => void,
  ): Promise<Next | undefined> {
    const { lease, limit } = terms;
    lease.keepAlive(HEARTBEAT_MS);
    try {
      const given = await this.attempt(row, terms);
      const outcome = limit.isOver ? late(row, given) : given;
      tell(outcome);
      return await this.end(row, terms, outcome);
    } catch (error) {
      this.postponed(row.id, error);
      return undefined;
    } finally {
      lease.close();
      limit.close();
    }
  }

  private postponed(id: string, error: unknown): void {
    this.logger.warn(`provision ${id} is postponed: ${messageOf(error)}`);
  }

  private async attempt(row: ProvisionRow, terms: Terms): Promise<RunOutcome> {
    // only a dying process leaves an attempt without an outcome
    const isDead = this.kinds.isRedrivable(row.kind);
    if (row.max_attempts !== null && row.attempts > row.max_attempts)
      return { status: 'failed', error: 'No attempt finished', code: 'internal', isDead };
    try {
      const kind = this.kinds.named(row.kind);
      const input = this.kinds.inputOf(row.kind, row.input);
      const context = this.contextOf(row, terms);
      const result = await kind.apply(input, context);
      return result instanceof Wait
        ? { status: 'pending_action', delayMs: result.atMostMs, begin: result.begin }
        : { status: 'completed', result };
    } catch (error) {
      return failureOf(row, error, isDead);
    }
  }

  private contextOf(row: ProvisionRow, { holder, lease, limit }: Terms): RunContext {
    return {
      provisionId: row.id,
      actor: actorOf(row),
      origin: row.origin,
      correlationId: row.correlation_id,
      team: teamOf(row.metadata),
      planned: plannedOf(row.metadata),
      saved: row.result as ProvisionResult | null,
      save: async (result) => {
        if (!(await this.runs.save(row.id, holder, result))) throw new LeaseLost();
      },
      guard: async () => {
        if (this.#isStopping) throw new Interrupted();
        if (limit.isOver) throw timedOut(row);
        await lease.guard();
      },
      signal: limit.signal,
    };
  }

  /** Records the outcome, and enqueues what goes on now but for what it returns. */
  private async end(row: ProvisionRow, terms: Terms, outcome: RunOutcome): Promise<Next | undefined> {
    try {
      return await this.endIn(row, terms, outcome);
    } catch (error) {
      // another one of the subject began at this moment: the same is recorded without a claim
      if (!terms.goesOn || !isTaken(error)) throw error;
      return this.endIn(row, { ...terms, goesOn: false }, outcome);
    }
  }

  /** In one transaction, which also claims what it returns, if that is possible yet. */
  private async endIn(
    row: ProvisionRow,
    { holder, goesOn }: Terms,
    outcome: RunOutcome,
  ): Promise<Next | undefined> {
    const takenAt = performance.now();
    return this.db.transaction().execute(async (trx) => {
      const claim = this.newClaim();
      const kept = goesOn && !this.#isStopping ? this.dispatch.keepOne(trx, claim) : undefined;
      const ended = await this.runs.end(row, holder, outcome, trx);
      if (!ended) return undefined;
      await this.recorded(ended, trx);
      if (outcome.status === 'pending_action') await outcome.begin(trx);
      await this.dispatch.ended(ended, trx);
      if (kept?.id === undefined) return undefined;
      if (kept.claimed) return { id: kept.id, taken: { row: kept.claimed, holder: claim.holder, takenAt } };
      return { id: kept.id, taken: kept.isLocked ? await this.claim(kept.id, trx, claim) : undefined };
    });
  }

  private async recorded(row: ProvisionRow, trx: Executor): Promise<void> {
    const known = this.kinds.find(row.kind);
    await known?.recorded?.(this.kinds.inputOf(row.kind, row.input), row, trx);
  }
}

/** What an attempt gave after its time: a failure that keeps what was made, so that it can be taken back. */
function late(row: ProvisionRow, outcome: RunOutcome): RunOutcome {
  if (outcome.status === 'cancelled') return outcome;
  const { code, message: error } = timedOut(row);
  const result = outcome.status === 'completed' ? { result: outcome.result } : {};
  return { status: 'failed', error, code, isDead: false, ...result };
}

/** An invalid request stays invalid; all other failures are retried, up to the maximum number of attempts. */
function failureOf(row: ProvisionRow, error: unknown, isDead: boolean): RunOutcome {
  if (error instanceof Cancelled) return { status: 'cancelled' };
  if (error instanceof Interrupted) return { status: 'pending', error: null, code: null, delayMs: 0 };
  const code = error instanceof Problem ? error.code : 'internal';
  const failure = { error: messageOf(error), code };
  const permanent = error instanceof Problem && error.status < 500;
  const isLast = row.max_attempts !== null && row.attempts >= row.max_attempts;
  if (permanent || isLast) return { status: 'failed', ...failure, isDead };
  return { status: 'pending', ...failure, delayMs: backoffMs(row.attempts - 1) };
}

/** Problems are written for callers. Of any other error only the name is shown: its message may contain data that nobody should read. */
function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? error.name : 'unknown failure';
}

function actorOf(row: ProvisionRow): RequestContext {
  // it was authorized when it was accepted
  const actor = systemActor(row.requested_by, { requestId: row.request_id ?? row.correlation_id });
  return { ...actor, kind: row.requested_by_kind };
}
