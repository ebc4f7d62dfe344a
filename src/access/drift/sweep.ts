import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectRow } from '../../database/schema.js';
import { MinioAdmin, storageUnavailable } from '../../minio/minio-admin.js';
import { EVERYONE } from '../../policy/names.js';
import { desiredProduct, desiredUser } from '../desired/desired.js';
import { DesiredState } from '../desired/desired-state.js';
import { planFor } from '../plan/plan.js';
import { SweepStore } from './sweep.store.js';
import { Bulk } from './bulk.js';
import { SubjectCheck } from './check.js';
import { foreignOf, minioGroupsOf } from './foreign/foreign-resources.js';
import { forEachConcurrently } from '../../common/work/concurrency.js';
import { DriftReport } from './drift-report.js';
import { ForeignPrincipals } from './foreign/foreign-principals.js';

/** Concurrent calls to MinIO, and subjects that are compared concurrently. */
const CONCURRENCY = 8;
const PAGE = 500;
/** Documents whose grants are in memory at once; each has up to 20 KiB. */
const SHARDS = 64;
/** A few subjects may be unreadable because MinIO did not answer; if there are more, MinIO is away. */
const MAX_UNANSWERED = 10;

/** What is the same for all subjects of a sweep. */
interface SweepContext {
  bulk: Bulk;
  /** The MinIO groups of this service's groups. */
  ours: ReadonlySet<string>;
  everyone: boolean;
  findings: DriftReport;
  strangers: ForeignPrincipals;
  signal: AbortSignal;
}

/** Compares every subject with what MinIO holds, by few and cheap calls. A subject that seems to differ is checked again on its own. */
@Injectable()
export class Sweep {
  constructor(
    private readonly store: SweepStore,
    private readonly desired: DesiredState,
    private readonly check: SubjectCheck,
    private readonly minio: MinioAdmin,
    private readonly config: AppConfig,
  ) {}

  /** Throws `storage_unavailable` when MinIO does not answer, or when the signal aborts. */
  async run(signal: AbortSignal): Promise<DriftReport> {
    try {
      return await this.compareAll(signal);
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  private async compareAll(signal: AbortSignal): Promise<DriftReport> {
    const findings = new DriftReport();
    const [bulk, groupNames] = await Promise.all([Bulk.read(this.minio.client), this.store.groupNames()]);
    const ours = minioGroupsOf(groupNames);
    const everyone = groupNames.includes(EVERYONE);
    const strangers = new ForeignPrincipals(bulk, ours);
    const ground: SweepContext = { bulk, ours, everyone, findings, strangers, signal };
    for await (const page of this.pages())
      for (const batch of batchesOf(page)) await this.compareBatch(batch, ground);
    for (const thing of await strangers.confirmed(this.minio.client, this.store))
      findings.foreign.push(thing);
    findings.moreForeign = strangers.more;
    return findings;
  }

  /** All live subjects. The next page is read while the caller works on one. */
  private async *pages(): AsyncGenerator<SubjectRow[], void, undefined> {
    for (let next = this.store.page(undefined, PAGE); ;) {
      const page = await next;
      if (page.length < PAGE) return yield page;
      next = this.store.page(page.at(-1)?.id, PAGE);
      // whoever stops meanwhile does not wait for it
      next.catch(() => undefined);
      yield page;
    }
  }

  private async compareBatch(batch: readonly SubjectRow[], ground: SweepContext): Promise<void> {
    const { findings, signal } = ground;
    const grants = await this.store.grantsOf(
      batch.filter(({ kind, top_shard }) => kind !== 'group' && top_shard > 0).map(({ id }) => id),
    );
    const { lake, products } = this.config;
    await forEachConcurrently(batch, CONCURRENCY, async (row) => {
      if (signal.aborted) throw storageUnavailable('The service is stopping');
      findings.checked++;
      ground.strangers.meet(row);
      const differs =
        row.kind === 'group'
          ? await this.groupDiffers(row, ground)
          : await this.userDiffers(
              row,
              () => {
                const own = grants.get(row.id) ?? [];
                return row.kind === 'user'
                  ? desiredUser(row, own, lake, ground.everyone)
                  : desiredProduct(row, own, products.bucket);
              },
              ground,
            );
      if (!differs) return;
      findings.add(row, await this.check.of(row.id));
      if (findings.unanswered > MAX_UNANSWERED) throw storageUnavailable('MinIO does not answer');
    });
  }

  private userDiffers(
    row: SubjectRow,
    desiredOf: () => ReturnType<typeof desiredUser>,
    { bulk, ours }: SweepContext,
  ): Promise<boolean> {
    return orTrue(async () => {
      const observed = await bulk.user(row);
      const desired = desiredOf();
      if (planFor(desired, observed, true).length > 0) return true;
      return foreignOf(desired, observed, ours).length > 0;
    });
  }

  private groupDiffers(row: SubjectRow, { bulk, ours }: SweepContext): Promise<boolean> {
    return orTrue(async () => {
      const observed = await bulk.group(row);
      const desired = await this.desired.of(row);
      if (planFor(desired, observed, true).length > 0) return true;
      return foreignOf(desired, observed, ours).length > 0;
    });
  }
}

/** True also when the comparison fails: the check of the single subject then reports why. */
async function orTrue(compare: () => Promise<boolean>): Promise<boolean> {
  try {
    return await compare();
  } catch {
    return true;
  }
}

/** Splits a page so that the grant documents of each part fit in memory. */
function batchesOf(page: readonly SubjectRow[]): SubjectRow[][] {
  const batches: SubjectRow[][] = [];
  let shards = Infinity;
  for (const row of page) {
    shards += row.top_shard;
    if (shards > SHARDS) {
      batches.push([]);
      shards = row.top_shard;
    }
    batches.at(-1)?.push(row);
  }
  return batches;
}
