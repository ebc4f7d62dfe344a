import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { LeaseLost } from '../common/work/lease.js';
import { noSuch, Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { type DataDeletionRow, Database, type Executor, type ProvisionRow } from '../database/schema.js';
import { storageUnavailable } from '../minio/minio-admin.js';
import { StoredData } from '../minio/stored-data.js';
import {
  Interrupted,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../provisioning/kinds/kind.js';
import type { StoredPrefix } from '../database/tables/work/job-tables.js';
import { DeletionRun, type Terms } from './deletion-run.js';
import { DeletionsStore, type Examined } from './deletions.store.js';

export const DELETION_KIND = 'data.deletion';
/** How long a running batch may take to finish when the service stops, in milliseconds. */
const STOP_MS = 3000;

/** A deletion of data. */
export class DataDeletionInput {
  /** Its id */
  @IsUUID()
  deletion_id!: string;
}

/** Deletes the data of a removed user, or of a data product that is gone. Only {@link Deletions} creates one. */
@Kind(DELETION_KIND, DataDeletionInput, {
  requestable: false,
  instead: 'is requested with DELETE /admin/users/{user}?data=delete',
  long: true,
})
@Injectable()
export class DataDeletionKind implements ProvisionKind<DataDeletionInput>, OnModuleDestroy {
  constructor(
    private readonly db: Database,
    private readonly store: DeletionsStore,
    private readonly data: StoredData,
    private readonly config: AppConfig,
  ) {}

  /** The service is stopping: a call that takes too long is cut. */
  onModuleDestroy(): void {
    setTimeout(() => this.data.onApplicationShutdown(), STOP_MS).unref();
  }

  /** Never called: the subject is the prefix. */
  subjectOf({ deletion_id: id }: DataDeletionInput): string {
    return `data:${id}`;
  }

  plan(): Promise<ShownChange[]> {
    return Promise.resolve([]);
  }

  async apply({ deletion_id: id }: DataDeletionInput, context: RunContext): Promise<ProvisionResult> {
    const found = await this.store.examine(id);
    if (!found) throw noSuch('deletion');
    if (found.state === 'completed') return resultOf(found);
    await this.requireRemoved(found);
    const holder = randomUUID();
    const row = await this.store.begin(id, context.provisionId, holder);
    const terms = { holder, takenOver: found.holder !== null, guard: () => context.guard() };
    try {
      await this.runAll(row, terms);
    } catch (error) {
      throw asProblem(error);
    }
    return resultOf((await this.store.find(id)) ?? row);
  }

  recorded({ deletion_id: id }: DataDeletionInput, row: ProvisionRow, trx: Executor): Promise<void> {
    return this.store.recorded(id, row, trx);
  }

  /** Throws if nothing may be deleted yet. Decides about a request that a crash left unconfirmed. */
  private async requireRemoved({ id, confirmed, removed, being_removed, stale }: Examined): Promise<void> {
    if (!confirmed) {
      if (!removed && stale) throw new Problem('not_possible', 'The removal did not happen');
      if (!removed) throw storageUnavailable('The removal is not committed yet');
      await this.db.transaction().execute((trx) => this.store.confirm(id, trx));
    }
    if (being_removed) throw storageUnavailable('Access has not ended in MinIO yet');
  }

  /** One home after the other. What cannot be deleted in one does not keep the others. */
  private async runAll(row: DataDeletionRow, terms: Terms): Promise<void> {
    const [first, ...others] = this.placesOf(row);
    const failures: unknown[] = [];
    if (first) await this.runOne(row, first, terms).catch((error) => failures.push(notPossible(error)));
    for (const place of others) {
      const now = (await this.store.find(row.id)) ?? row;
      // by now no call of an earlier run is in flight
      const rest = { ...terms, takenOver: false };
      await this.runOne(now, place, rest).catch((error) => failures.push(notPossible(error)));
    }
    if (failures.length > 0) throw failures[0];
  }

  private runOne(row: DataDeletionRow, { bucket, prefix }: StoredPrefix, terms: Terms): Promise<void> {
    return new DeletionRun(this.store, this.data.in(bucket), { ...row, prefix }, terms).run();
  }

  private placesOf({ subject_kind: kind, prefix, homes }: DataDeletionRow): StoredPrefix[] {
    const { lake, products } = this.config;
    return homes ?? [{ bucket: kind === 'user' ? lake.bucket : products.bucket, prefix }];
  }
}

function resultOf({ prefix, deleted, failed }: DataDeletionRow): ProvisionResult {
  const operation = { entitlement: { type: 'data', prefix }, action: 'remove', status: 'done' } as const;
  return { operations: [operation], deleted: Number(deleted), failed: Number(failed) };
}

/** The error, if only this home is concerned; throws any other. */
function notPossible(error: unknown): Problem {
  if (error instanceof Problem && error.code === 'not_possible') return error;
  throw error;
}

/** S3's words are for administrators: they name no object. */
function asProblem(error: unknown): unknown {
  if (error instanceof Problem || error instanceof Interrupted || error instanceof LeaseLost) return error;
  if (!(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  return new Problem(
    'storage_unavailable',
    typeof code === 'string' ? `${code}: ${error.message}` : error.message,
    {
      cause: error,
    },
  );
}
