import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { backoffMs } from '../../common/backoff.js';
import { Lease } from '../../common/lease.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { systemActor } from '../../auth/system-actor.js';
import { Problem } from '../../common/problems/problem.js';
import { Database, type ProvisionRow } from '../../database/schema.js';
import { Kinds } from '../kinds/kinds.js';
import { type RunOutcome, ProvisionsStore } from '../records/provisions.store.js';
import { Dispatch } from './dispatch.js';

/** How long a process keeps a provision without a heartbeat, in milliseconds. */
export const LEASE_MS = 15_000;
const HEARTBEAT_MS = 4000;

/** Runs one provision: claims it, applies its kind, records the outcome. */
@Injectable()
export class Runner {
  private readonly logger = new Logger('Runner');

  constructor(
    private readonly db: Database,
    private readonly store: ProvisionsStore,
    private readonly kinds: Kinds,
    private readonly dispatch: Dispatch,
  ) {}

  /** Runs the provision if it is due and next in order; never throws. {@link ProvisionWorker} resumes unfinished provisions. */
  async run(id: string): Promise<void> {
    const holder = randomUUID();
    const renew = () => this.store.renew(id, holder, LEASE_MS);
    const lease = new Lease({ ttlMs: LEASE_MS, takenAt: performance.now(), renew });
    try {
      const row = await this.store.claim(id, holder, LEASE_MS);
      if (!row) return;
      lease.keepAlive(HEARTBEAT_MS);
      try {
        await this.end(row, holder, await this.attempt(row));
      } finally {
        lease.close();
      }
    } catch (error) {
      this.logger.warn(`provision ${id} is postponed: ${messageOf(error)}`);
    }
  }

  private async attempt(row: ProvisionRow): Promise<RunOutcome> {
    // only a dying process leaves an attempt without an outcome
    if (row.attempts > row.max_attempts)
      return { status: 'failed', error: 'No attempt finished', code: 'internal' };
    try {
      const kind = this.kinds.named(row.kind);
      const input = this.kinds.inputOf(row.kind, row.input);
      const context = {
        provisionId: row.id,
        actor: actorOf(row),
        origin: row.origin,
        correlationId: row.correlation_id,
      };
      return { status: 'completed', result: await kind.apply(input, context) };
    } catch (error) {
      return failureOf(row, error);
    }
  }

  /** Records the outcome, and enqueues the next provision of the subject, in one transaction. */
  private async end(row: ProvisionRow, holder: string, outcome: RunOutcome): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const ended = await this.store.end(row.id, holder, outcome, trx);
      if (!ended) return;
      const next = await this.store.next(row.subject, trx);
      if (next) await this.dispatch.send(next, trx);
    });
  }
}

/** An invalid request stays invalid; all other failures are retried, up to the maximum number of attempts. */
function failureOf(row: ProvisionRow, error: unknown): RunOutcome {
  const code = error instanceof Problem ? error.code : 'internal';
  const failure = { error: messageOf(error), code };
  const permanent = error instanceof Problem && error.status < 500;
  if (permanent || row.attempts >= row.max_attempts) return { status: 'failed', ...failure };
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
