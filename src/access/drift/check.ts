import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { reasonOf } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import { checkGroupName, policyName } from '../../policy/names.js';
import { type Desired } from '../desired/desired.js';
import { DesiredState } from '../desired/desired-state.js';
import type { Change } from '../plan/changes.js';
import { Comparer } from '../enforce/comparer.js';
import { type Observed, observeDocument } from '../plan/observe.js';
import { type CurrentSubject, SweepStore } from './sweep.store.js';
import { type ForeignResource, foreignOf, minioGroupsOf } from './foreign/foreign-resources.js';

/** One subject compared with what MinIO holds of it; both lists are empty when nothing differs. */
export interface Comparison {
  desired: Desired;
  observed: Observed;
  /** What enforcing would do. */
  plan: Change[];
  foreign: ForeignResource[];
}

/** The result of checking one subject. */
export type CheckResult =
  | { state: 'same' | 'gone' }
  /** Every attempt found the subject being written. */
  | { state: 'changing' }
  | { state: 'unreadable'; row: CurrentSubject; code: string; detail: string }
  | { state: 'differs'; row: CurrentSubject; comparison: Comparison };

/** How often a subject that is being written is checked again, and the first pause in milliseconds; each next pause is twice as long. */
const ATTEMPTS = 5;
const PAUSE_MS = 40;

/** Compares one subject with MinIO, by separate reads. */
@Injectable()
export class SubjectCheck {
  constructor(
    private readonly desired: DesiredState,
    private readonly comparer: Comparer,
    private readonly minio: MinioAdmin,
    private readonly store: SweepStore,
  ) {}

  /** What differs at a moment when no replica writes the subject. */
  async of(id: string): Promise<CheckResult> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await sleep(PAUSE_MS * 2 ** (attempt - 1));
      const before = await this.store.current(id);
      if (!before) return { state: 'gone' };
      if (before.leased) continue;
      const verdict = await this.checkNow(before);
      const after = await this.store.current(id);
      if (!after) return { state: 'gone' };
      if (!after.leased && isSame(before, after)) return verdict;
    }
    return { state: 'changing' };
  }

  /** The row compared with what MinIO holds now. Throws a problem when one of them cannot be read. */
  async compare(row: SubjectRow): Promise<Comparison> {
    const desired = await this.desired.of(row);
    const { observed, plan } = await this.comparer.planOf(desired);
    const ours = minioGroupsOf(await this.store.groupNames());
    try {
      return { desired, observed, plan, foreign: await this.sift(foreignOf(desired, observed, ours)) };
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  private async checkNow(row: CurrentSubject): Promise<CheckResult> {
    try {
      const comparison = await this.compare(row);
      if (comparison.plan.length === 0 && comparison.foreign.length === 0) return { state: 'same' };
      return { state: 'differs', row, comparison };
    } catch (error) {
      return { state: 'unreadable', row, ...reasonOf(error) };
    }
  }

  /**
   * Leaves out resources that seem foreign only because they are just being created or removed. Marks groups whose row was lost as not
   * removable.
   */
  private async sift(things: readonly ForeignResource[]): Promise<ForeignResource[]> {
    const members = things.filter(({ kind, of }) => kind === 'membership' && of !== undefined);
    const known = await this.store.known(members.map(({ name }) => name));
    const sifted: ForeignResource[] = [];
    for (const thing of things) {
      if (thing.kind !== 'membership') sifted.push(thing);
      else if (thing.of === undefined)
        sifted.push({ ...thing, removable: thing.removable && !(await this.wasOurs(thing.name)) });
      else if (!known.has(thing.name)) sifted.push(thing);
    }
    return sifted;
  }

  /** True for a group without a row that has a document of this service: the database was lost, and the members must be kept. */
  private async wasOurs(group: string): Promise<boolean> {
    if (checkGroupName(group)) return false;
    return (await observeDocument(this.minio.client, policyName('group', group, 0))) !== null;
  }
}

function isSame(a: CurrentSubject, b: CurrentSubject): boolean {
  return (
    a.generation === b.generation &&
    a.applied_generation === b.applied_generation &&
    a.status === b.status &&
    a.applied_status === b.applied_status &&
    a.suspect === b.suspect
  );
}
