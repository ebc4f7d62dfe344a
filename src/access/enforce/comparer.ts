import { Injectable } from '@nestjs/common';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import type { Desired } from '../desired/desired.js';
import { DesiredState } from '../desired/desired-state.js';
import { isAsRecorded } from '../plan/as-recorded.js';
import type { Change } from '../plan/changes.js';
import {
  documentsUpTo,
  type Observed,
  observeGroup,
  type ObservedUser,
  observeUser,
} from '../plan/observe.js';
import { isForeign } from '../plan/plan.js';
import { isTooLarge, provenPlan } from '../plan/proven-plan.js';
import { changedDocuments } from '../subjects/changed-documents.js';
import { isWhole } from './whole.js';

/** What should hold of a subject, and what MinIO holds of it. */
export interface Compared {
  desired: Desired;
  observed: Observed;
}

/** What enforcing would do. */
export interface Planned extends Compared {
  plan: Change[];
}

/** Reads what should hold and what MinIO holds: of a whole subject, or only of the documents that its pending change concerns. */
@Injectable()
export class Comparer {
  constructor(
    private readonly desired: DesiredState,
    private readonly minio: MinioAdmin,
  ) {}

  /** Everything. Documents that will state other ends than those in MinIO are marked before any of them is written. */
  async all(row: SubjectRow, known?: ObservedUser): Promise<Compared> {
    const [desired, observed] = await Promise.all([this.desired.of(row), this.observe(row, known)]);
    await this.desired.restate(row, desired.limits);
    return { desired, observed };
  }

  /** Only the changed documents. Undefined: everything must be gone over. */
  async changed(row: SubjectRow): Promise<Compared | undefined> {
    if (!changedDocuments(row)) return undefined;
    const [desired, seen] = await Promise.all([this.desired.ofChanged(row), this.observeChanged(row)]);
    if (!desired) return undefined;
    // the change moved ends, so that it concerns more documents
    const observed = desired.row === row ? seen : await this.observeChanged(desired.row);
    return isAsRecorded(desired, observed) ? { desired, observed } : undefined;
  }

  /** The subject after grants that no longer fit were moved into other documents. */
  async repacked(id: string): Promise<Compared> {
    const row = await this.desired.repack(id);
    return { desired: await this.desired.of(row), observed: await this.observe(row) };
  }

  /** Whether what was read of the user is what should hold, as far as {@link isWhole} tells. */
  async holds(row: SubjectRow, observed: ObservedUser): Promise<boolean> {
    return isWhole(await this.desired.of(row), observed);
  }

  /** What MinIO holds of the subject, with all its documents. */
  async observe(row: SubjectRow, known?: ObservedUser): Promise<Observed> {
    const { client } = this.minio;
    const numbers = documentsUpTo(row.top_shard);
    if (row.kind === 'group') return observeGroup(client, row.name, row.principal, numbers);
    if (known && row.top_shard === 0) return known;
    // a node that failed to remove a user has forgotten it, although MinIO may still have it
    if (row.status === 'removing' && row.suspect) await client.sts.load(row.principal);
    return observeUser(client, row, numbers);
  }

  /** What should hold after the changes of a transaction, as enforcing would read it. `onlyChanged` false: everything. */
  async rehearsed(
    row: SubjectRow,
    trx: Executor,
    onlyChanged: boolean,
  ): Promise<{ desired: Desired; isPart: boolean }> {
    const changed = onlyChanged ? await this.desired.ofChanged(row, trx) : undefined;
    return { desired: changed ?? (await this.desired.of(row, trx)), isPart: changed !== undefined };
  }

  /** What enforcing would do now; nothing is done. */
  async planOf(desired: Desired): Promise<Planned> {
    try {
      const observed = await this.observe(desired.row);
      return { desired, observed, plan: provenPlan(desired, observed, true) };
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  /** The same for only the changed documents. Undefined: everything must be gone over. */
  async planOfChanged(desired: Desired): Promise<Planned | undefined> {
    try {
      const observed = await this.observeChanged(desired.row);
      if (!isAsRecorded(desired, observed)) return undefined;
      const plan = provenPlan(desired, observed, true);
      return isTooLarge(plan) ? undefined : { desired, observed, plan };
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  private observeChanged(row: SubjectRow): Promise<Observed> {
    const { client } = this.minio;
    const numbers = changedDocuments(row) ?? [];
    if (row.kind === 'group') return observeGroup(client, row.name, row.principal, numbers);
    return observeUser(client, row, numbers);
  }
}

/** Whether MinIO still holds something of a subject that should be gone. */
export function isLeft(row: SubjectRow, observed: Observed): boolean {
  if (isForeign(row, observed)) return false;
  if (observed.kind === 'user')
    return observed.documents.size > 0 || (observed.user !== null && row.status === 'removing');
  const { main, readers } = observed;
  const documents = main.documents.size + readers.documents.size;
  return documents > 0 || (row.status === 'removing' && (main.group ?? readers.group) !== null);
}
