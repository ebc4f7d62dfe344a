import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { backoffMs } from '../../common/backoff.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { systemActor } from '../../auth/system-actor.js';
import { Problem } from '../../common/problems/problem.js';
import { Database, type ProvisionRow } from '../../database/schema.js';
import { Kinds } from '../kinds/kinds.js';
import { type RunOutcome, ProvisionsStore } from '../records/provisions.store.js';
import { TaskQueue } from './task-queue.js';

/** How long a process that says nothing keeps a provision, in milliseconds. */
export const LEASE_MS = 15_000;
const HEARTBEAT_MS = 4000;

/** Carries out one provision: claims it, applies its kind, records how it ended. */
@Injectable()
export class Runner {
  private readonly logger = new Logger('Runner');

  constructor(
    private readonly db: Database,
    private readonly store: ProvisionsStore,
    private readonly kinds: Kinds,
    private readonly queue: TaskQueue,
  ) {}

  /** Runs the provision if it is due and its turn; never throws. What is left undone is taken up again by {@link ProvisionWorker}. */
  async run(id: string): Promise<void> {
    const holder = randomUUID();
    try {
      const row = await this.store.claim(id, holder, LEASE_MS);
      if (!row) return;
      const heartbeat = setInterval(() => this.keep(id, holder), HEARTBEAT_MS);
      try {
        await this.end(row, holder, await this.attempt(row));
      } finally {
        clearInterval(heartbeat);
      }
    } catch (error) {
      this.logger.warn(`provision ${id} is left for later: ${messageOf(error)}`);
    }
  }

  private async attempt(row: ProvisionRow): Promise<RunOutcome> {
    // only a process that dies leaves an attempt without an end
    if (row.attempts > row.max_attempts)
      return { status: 'failed', error: 'No attempt came to an end', code: 'internal' };
    try {
      const kind = this.kinds.named(row.kind);
      const input = this.kinds.inputOf(kind, row.input);
      const context = {
        provisionId: row.id,
        actor: actorOf(row),
        origin: row.origin,
        correlationId: row.correlation_id,
        attempt: row.attempts,
      };
      return { status: 'completed', result: await kind.apply(input, context) };
    } catch (error) {
      return failureOf(row, error);
    }
  }

  /** The end, and the job of who comes next, in one transaction. */
  private async end(row: ProvisionRow, holder: string, outcome: RunOutcome): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const ended = await this.store.end(row.id, holder, outcome, trx);
      if (!ended) return;
      const next = await this.store.next(row.subject, trx);
      if (next) await this.queue.send(next.id, trx, next.due_at);
    });
  }

  private keep(id: string, holder: string): void {
    // the database away: the lease runs out by itself
    this.store.renew(id, holder, LEASE_MS).catch(() => undefined);
  }
}

/** What is wrong with the request stays wrong; everything else is tried again, until it is given up. */
function failureOf(row: ProvisionRow, error: unknown): RunOutcome {
  const code = error instanceof Problem ? error.code : 'internal';
  const failure = { error: messageOf(error), code };
  const permanent = error instanceof Problem && error.status < 500;
  if (permanent || row.attempts >= row.max_attempts) return { status: 'failed', ...failure };
  return { status: 'pending', ...failure, delayMs: backoffMs(row.attempts - 1) };
}

/** Problems are made for callers to read; of anything else only its kind is told: its text may hold what nobody should read. */
function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? error.name : 'unknown failure';
}

function actorOf(row: ProvisionRow): RequestContext {
  // it was allowed when it was accepted
  const actor = systemActor(row.requested_by, { requestId: row.request_id ?? row.correlation_id });
  return { ...actor, kind: row.requested_by_kind };
}
