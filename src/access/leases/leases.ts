import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Lease } from '../../common/work/lease.js';
import { busy, KeyedQueue } from '../../common/turns/keyed-queue.js';
import { currentLine, inLine } from '../../common/turns/line.js';
import { AppConfig } from '../../config/app-config.js';
import { CALL_TIMEOUT_MS } from '../../minio/minio-admin.js';
import { LeasesStore } from './leases.store.js';
import { leaseKey, type SubjectKey } from '../subjects/subject-key.js';
import type { FoundRow } from '../subjects/row-ages.store.js';
import { isUnwritten, isInSync } from '../subjects/subject-state.js';
import { SubjectLimit } from './subject-limit.js';

/** How long a lease lasts in milliseconds: three calls, so that a write may still start after one slow one. */
export const LEASE_MS = 3 * CALL_TIMEOUT_MS;
/** How long a request waits for others in milliseconds: an expired lease plus the wait of its takeover, and a little more. */
const WAIT_MS = LEASE_MS + CALL_TIMEOUT_MS + 1000;
/** Requests of one caller that may wait for one subject in this process. */
const MAX_WAITING = 500;
/** Subjects of one caller in this process, running or waiting. */
const SUBJECTS_PER_LINE = 8;
const POLL_MS = { first: 4, most: 50 };

/** The right to write one subject in MinIO, fenced by its holder id. */
export class SubjectLease {
  /** A write under this lease may disable the user in MinIO. */
  mayDisable = false;
  readonly #lease: Lease;
  #released = false;

  constructor(
    private readonly store: LeasesStore,
    private readonly key: string,
    readonly holder: string,
    /** The previous holder let the lease expire: one of its writes may still be on its way. */
    readonly takenOver: boolean,
    /** The subject as it was read when the lease was taken, whatever its status. */
    readonly found: FoundRow,
  ) {
    const takenAt = found.asked;
    this.#lease = new Lease({ ttlMs: LEASE_MS, takenAt, renew: () => store.renew(key, holder, LEASE_MS) });
  }

  /**
   * Whether MinIO surely holds what this service wrote before the moment (of `performance.now()`): nothing was ever written, or the subject
   * is in sync, its last attempt succeeded, and that was before. A write that failed or was lost shows in the row, or in the lease, which
   * was then taken over.
   */
  isUnwrittenSince(moment: number): boolean {
    const { row, answered } = this.found;
    if (this.takenOver || !row || row.attempts > 0) return false;
    if (isUnwritten(row)) return !row.suspect;
    if (!isInSync(row)) return false;
    return row.written_ms_ago !== null && answered - row.written_ms_ago < moment;
  }

  /** Call it before each write: a write must not start with less than twice the call timeout left. Throws {@link LeaseLost}. */
  guard(): Promise<void> {
    return this.#lease.guard(2 * CALL_TIMEOUT_MS);
  }

  /** The statement that recorded the result has already deleted the lease row. */
  released(): void {
    this.#released = true;
  }

  /** Releases the lease; false when it was lost before. */
  async release(): Promise<boolean> {
    return this.#released || (await this.store.release(this.key, this.holder));
  }
}

/** One writer per subject: a queue in this process, a lease in the database between processes. */
@Injectable()
export class Leases implements OnModuleInit {
  readonly #queue = new KeyedQueue({ atOnce: 1, maxWaiting: MAX_WAITING });
  readonly #subjectLimit = new SubjectLimit(SUBJECTS_PER_LINE, WAIT_MS);

  constructor(
    private readonly store: LeasesStore,
    private readonly config: AppConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    // PGlite allows one process: every earlier holder is dead
    if (!this.config.database.url) await this.store.expireAll();
  }

  /** Whether this process is working on the subject. */
  isBusy(key: SubjectKey): boolean {
    return this.#queue.isBusy(leaseKey(key));
  }

  /**
   * Runs the line's work on the subject once the line works on few enough others. Call it before the turn, in which other callers would
   * wait.
   */
  among<T>(key: SubjectKey, work: () => Promise<T>): Promise<T> {
    return this.#subjectLimit.run(currentLine(), leaseKey(key), work);
  }

  /**
   * Runs `work` in this process's turn; `work` calls `take` to get the lease. Turns go round the lines. Work inside a turn has its own
   * line: others wait for the turn, so it must not wait for other work of its caller.
   */
  async inTurn<T>(
    key: SubjectKey,
    work: (take: () => Promise<SubjectLease>) => Promise<T>,
    line = currentLine(),
  ): Promise<T> {
    const deadline = performance.now() + WAIT_MS;
    const leave = await this.#queue.enter(leaseKey(key), line, WAIT_MS);
    try {
      return await inLine(`turn ${leaseKey(key)}`, () => work(() => this.take(key, deadline)));
    } finally {
      leave();
    }
  }

  private async take(key: SubjectKey, deadline: number): Promise<SubjectLease> {
    const holder = randomUUID();
    for (let pause = POLL_MS.first; ; pause = Math.min(pause * 1.5, POLL_MS.most)) {
      const asked = performance.now();
      const taken = await this.store.takeFor(key, holder, LEASE_MS);
      if (taken) {
        const { takenOver, row } = taken;
        const found = { row, asked, answered: performance.now() };
        const lease = new SubjectLease(this.store, leaseKey(key), holder, takenOver, found);
        if (takenOver) await sleep(CALL_TIMEOUT_MS);
        return lease;
      }
      if (performance.now() > deadline) throw busy();
      await sleep(pause);
    }
  }
}
