import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseLost } from '../common/work/lease.js';
import { Problem } from '../common/problems/problem.js';
import type { DataDeletionRow } from '../database/schema.js';
import { storageUnavailable } from '../minio/minio-admin.js';
import {
  DATA_TIMEOUT_MS,
  type DeleteFailure,
  type PrefixData,
  type StoredVersion,
} from '../minio/prefix-data.js';
import type { RunContext } from '../provisioning/kinds/kind.js';
import type { DeletionsStore } from './deletions.store.js';

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

/** The right to run one deletion. */
export interface Terms {
  /** Names this run in the row. */
  holder: string;
  /** The run before this one did not end in order: one of its calls may still be in flight. */
  takenOver: boolean;
  guard: RunContext['guard'];
}

/**
 * Runs one deletion in one process: passes over the whole prefix until a pass finds nothing more to delete, then deletes the marker of the
 * home. It can be interrupted anywhere and started again.
 */
export class DeletionRun {
  readonly #startedAt = performance.now();

  constructor(
    private readonly store: DeletionsStore,
    private readonly data: PrefixData,
    private readonly row: DataDeletionRow,
    private readonly terms: Terms,
  ) {}

  /** Throws a problem with a 4xx code if repeating it cannot help. */
  async run(): Promise<void> {
    const before = this.row.before ?? (await this.moment());
    if (before) await this.deleteAll(before);
  }

  /** The time from which data is kept. Undefined: there is nothing to do. */
  private async moment(): Promise<Date | undefined> {
    const before = await this.data.now();
    if (!before) return undefined;
    if (await this.store.fixMoment(this.row.id, this.terms.holder, before)) return before;
    throw new Problem('not_possible', 'The name is in use again');
  }

  private async deleteAll(before: Date): Promise<void> {
    let pass = await this.pass(before);
    while (pass.deleted > 0) pass = await this.pass(before);
    const { failed, lastFailure } = pass;
    const hidden = (await this.data.isHidden(this.row.prefix)) ? HIDDEN : null;
    if (lastFailure && PASSING.test(lastFailure.code) && this.row.attempts < PATIENCE)
      throw storageUnavailable(textOf(lastFailure));
    if (failed === 0 && !hidden) await this.deleteMarker(before);
    await this.settle();
    const obstacle = lastFailure ? textOf(lastFailure) : hidden;
    if (obstacle !== null) throw new Problem('not_possible', obstacle);
  }

  /**
   * The end releases the name: any delete call of the run before must have reached MinIO by then. Otherwise it could delete data of a new
   * user.
   */
  private async settle(): Promise<void> {
    if (!this.terms.takenOver) return;
    for (const end = this.#startedAt + DATA_TIMEOUT_MS; performance.now() < end;) {
      await this.terms.guard();
      await sleep(Math.max(1, Math.min(250, end - performance.now())));
    }
  }

  /** Deletes everything that is older than this time, except the marker of the home. */
  private async pass(before: Date): Promise<Pass> {
    const { prefix } = this.row;
    const pass: Pass = { deleted: 0, failed: 0, lastFailure: null };
    for (const upload of await this.data.uploads(prefix)) {
      if (upload.initiated >= before) continue;
      await this.terms.guard();
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
        await this.terms.guard();
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
    if (pass.lastFailure) throw storageUnavailable(textOf(pass.lastFailure));
  }

  private async record(pass: Pass, deleted: number, failures: readonly DeleteFailure[]): Promise<void> {
    pass.deleted += deleted;
    pass.failed += failures.length;
    pass.lastFailure = failures.at(-1) ?? pass.lastFailure;
    const lastError = pass.lastFailure && textOf(pass.lastFailure);
    const ours = await this.store.progress(this.row.id, this.terms.holder, {
      deleted,
      // the row has what failed in other homes of the user
      failed: Number(this.row.failed) + pass.failed,
      lastError,
    });
    if (!ours) throw new LeaseLost();
  }
}

function textOf({ code, message }: DeleteFailure): string {
  return message === '' ? code : `${code}: ${message}`;
}
