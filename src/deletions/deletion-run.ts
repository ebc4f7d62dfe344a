import { randomUUID } from 'node:crypto';
import { backoffMs } from '../common/backoff.js';
import { LeaseLost } from '../common/lease.js';
import type { DataDeletionRow } from '../database/schema.js';
import { type DeleteFailure, type PrefixData, type StoredVersion } from '../minio/prefix-data.js';
import { DeletionLease, DeletionStopped, LEASE_MS } from './deletion-lease.js';
import type { Claimed, DeletionsStore } from './deletions.store.js';

/** Versions per call: few enough to finish within the timeout on slow disks. */
const BATCH = 250;
/** Concurrent calls of one deletion. */
const AT_ONCE = 4;
/** Temporary failures: the deletion pauses and continues, up to `PATIENCE` times without any progress. */
const PASSING =
  /^(InternalError|SlowDown|ServiceUnavailable|.*Time(d)?[oO]ut|XMinio(Server|Storage|Backend))/;
const PATIENCE = 10;
const HIDDEN =
  'An object with the name of the home without its slash hides the objects below it: delete it (every version) or move it, then ask again';

/** The result of one pass over the prefix. */
interface Pass {
  deleted: number;
  failed: number;
  lastFailure: DeleteFailure | null;
}

/** Claims one due deletion. */
export async function claimRun(
  store: DeletionsStore,
  dataOf: (kind: DataDeletionRow['subject_kind']) => PrefixData,
  isStopping: () => boolean,
): Promise<DeletionRun | undefined> {
  const holder = randomUUID();
  const claimed = await store.claim(holder, LEASE_MS);
  if (!claimed) return undefined;
  return new DeletionRun(store, dataOf(claimed.row.subject_kind), claimed.row, {
    holder,
    lease: new DeletionLease(store, claimed, holder, isStopping),
  });
}

/**
 * Runs one deletion in one process: passes over the whole prefix until a pass finds nothing more to delete, then deletes the marker of the
 * home. It can be interrupted anywhere and started again.
 */
export class DeletionRun {
  readonly #id: string;
  readonly #holder: string;
  readonly #lease: DeletionLease;

  constructor(
    private readonly store: DeletionsStore,
    private readonly data: PrefixData,
    private readonly row: Claimed['row'],
    { holder, lease }: { holder: string; lease: DeletionLease },
  ) {
    this.#id = row.id;
    this.#holder = holder;
    this.#lease = lease;
  }

  /** Runs the deletion. A failure is recorded and thrown; the deletion is due again later. */
  async run(): Promise<void> {
    try {
      const before = this.row.before ?? (await this.moment());
      if (before) await this.deleteAll(before);
    } catch (error) {
      const stopped = error instanceof DeletionStopped || error instanceof LeaseLost;
      const message = error instanceof Error ? messageOf(error) : 'unknown';
      const delayMs = stopped ? 0 : backoffMs(this.row.attempts);
      await this.store
        .postpone(this.#id, this.#holder, { error: stopped ? null : message, delayMs, certain: stopped })
        .catch(() => undefined);
      throw error;
    } finally {
      this.#lease.close();
    }
  }

  /** The time from which data is kept. Undefined: there is nothing to do, and this is recorded. */
  private async moment(): Promise<Date | undefined> {
    const before = await this.data.now();
    if (!before) {
      await this.store.end(this.#id, this.#holder, null);
      return undefined;
    }
    if (await this.store.fixMoment(this.#id, this.#holder, before)) return before;
    await this.store.end(this.#id, this.#holder, 'The name is in use again');
    return undefined;
  }

  private async deleteAll(before: Date): Promise<void> {
    let pass = await this.pass(before);
    while (pass.deleted > 0) pass = await this.pass(before);
    const { failed, lastFailure } = pass;
    const hidden = (await this.data.isHidden(this.row.prefix)) ? HIDDEN : null;
    if (lastFailure && PASSING.test(lastFailure.code) && this.row.attempts < PATIENCE)
      throw new Error(textOf(lastFailure));
    if (failed === 0 && !hidden) await this.deleteMarker(before);
    await this.#lease.settle();
    await this.store.end(this.#id, this.#holder, lastFailure ? textOf(lastFailure) : hidden);
  }

  /** Deletes everything that is older than this time, except the marker of the home. */
  private async pass(before: Date): Promise<Pass> {
    const { prefix } = this.row;
    const pass: Pass = { deleted: 0, failed: 0, lastFailure: null };
    for (const upload of await this.data.uploads(prefix)) {
      if (upload.initiated >= before) continue;
      await this.#lease.guard();
      if (await this.data.abort(upload)) await this.record(pass, 1, []);
    }
    for await (const page of this.data.versions(prefix)) {
      const old = page.filter(({ key, lastModified }) => key !== prefix && lastModified < before);
      await this.deletePage(old, pass);
    }
    return pass;
  }

  private async deletePage(versions: StoredVersion[], pass: Pass): Promise<void> {
    const batches = Array.from({ length: Math.ceil(versions.length / BATCH) }, (_, index) =>
      versions.slice(index * BATCH, (index + 1) * BATCH),
    );
    const worker = async (): Promise<void> => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        await this.#lease.guard();
        const failures = await this.data.delete(batch);
        await this.record(pass, batch.length - failures.length, failures);
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
    // wait for all workers, so that no deletion continues after a failure is recorded
    for (const each of workers) if (each.status === 'rejected') throw each.reason as Error;
  }

  private async deleteMarker(before: Date): Promise<void> {
    const { prefix } = this.row;
    const pass: Pass = { deleted: 0, failed: 0, lastFailure: null };
    for await (const page of this.data.versions(prefix)) {
      const markers = page.filter(({ key, lastModified }) => key === prefix && lastModified < before);
      await this.deletePage(markers, pass);
      // keys are listed in order, and the marker's key is the first
      if (page.some(({ key }) => key !== prefix)) break;
    }
    if (pass.lastFailure) throw new Error(textOf(pass.lastFailure));
  }

  private async record(pass: Pass, deleted: number, failures: readonly DeleteFailure[]): Promise<void> {
    pass.deleted += deleted;
    pass.failed += failures.length;
    pass.lastFailure = failures.at(-1) ?? pass.lastFailure;
    const lastError = pass.lastFailure && textOf(pass.lastFailure);
    const ours = await this.store.progress(this.#id, this.#holder, {
      deleted,
      failed: pass.failed,
      lastError,
    });
    if (!ours) throw new LeaseLost();
  }
}

/** Whether the deletion is in a final state, and makes no further progress by itself. */
export function isEnded({ state }: Pick<DataDeletionRow, 'state'>): boolean {
  return state === 'completed' || state === 'failed';
}

function textOf({ code, message }: DeleteFailure): string {
  return message === '' ? code : `${code}: ${message}`;
}

function messageOf(error: Error): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `${code}: ${error.message}` : error.message;
}
