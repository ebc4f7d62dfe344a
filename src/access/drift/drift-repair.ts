import { Injectable, Logger } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { Problem, reasonOf } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import type { PlannedChange } from '../plan/planned-change.js';
import { Subjects } from '../subjects/subjects.js';
import { isInSync } from '../subjects/subject-state.js';
import { Enforcer } from '../enforce/enforcer.js';
import { LeaseLost } from '../../common/work/lease.js';
import { SweepStore } from './sweep.store.js';
import type { SubjectKey } from '../subjects/subject-key.js';
import { SubjectCheck } from './check.js';
import { ForeignRemoval, mendingOf } from './foreign/removal.js';
import { forEachConcurrently } from '../../common/work/concurrency.js';

/** A subject identified by its row, whatever its name refers to later. */
export interface DriftTarget {
  id: string;
  key: SubjectKey;
}

/** The result for one subject. */
export interface Reconciled extends SubjectKey {
  status: 'mended' | 'unchanged' | 'failed';
  /** What was done. If it failed, what was planned: a part of it may have been applied. */
  changes: PlannedChange[];
  /** Why it failed, as a problem code. */
  code?: string;
}

/** Subjects that are repaired concurrently: each needs a few calls. */
const CONCURRENCY = 4;

/** Makes MinIO hold what it should for subjects that differ, now and under their leases. */
@Injectable()
export class DriftRepair {
  private readonly logger = new Logger('Reconciler');

  constructor(
    private readonly check: SubjectCheck,
    private readonly enforcer: Enforcer,
    private readonly removal: ForeignRemoval,
    private readonly subjects: Subjects,
    private readonly store: SweepStore,
  ) {}

  /** What {@link reconcile} would do; nothing is done. A subject that cannot be compared is listed, too, unless MinIO is away. */
  async plan(targets: readonly DriftTarget[], removeForeign: boolean): Promise<PlannedChange[]> {
    const plans = new Map<string, PlannedChange[]>();
    await forEachConcurrently(targets, CONCURRENCY, async ({ id }) => {
      const row = await this.store.current(id);
      if (row) plans.set(id, await this.planOne(row, removeForeign));
    });
    return targets.flatMap(({ id }) => plans.get(id) ?? []);
  }

  private async planOne(row: SubjectRow, removeForeign: boolean): Promise<PlannedChange[]> {
    try {
      return mendingOf(await this.check.compare(row), removeForeign).shown;
    } catch (error) {
      if (error instanceof Problem && error.code === 'storage_unavailable') throw error;
      return [
        { change: 'unreadable', target: `${row.kind} ${row.name}`, before: reasonOf(error), after: null },
      ];
    }
  }

  /** Repairs each subject separately. Returns the results in the given order, without subjects that are gone meanwhile. */
  async reconcile(
    targets: readonly DriftTarget[],
    removeForeign: boolean,
    actor: Actor,
  ): Promise<Reconciled[]> {
    const results = new Map<string, Reconciled>();
    const since = performance.now();
    await forEachConcurrently(targets, CONCURRENCY, async (target) => {
      const result = await this.repair(target, since, removeForeign, actor);
      if (result) results.set(target.id, result);
    });
    return targets.flatMap(({ id }) => results.get(id) ?? []);
  }

  private async repair(
    { id, key }: DriftTarget,
    since: number,
    removeForeign: boolean,
    actor: Actor,
  ): Promise<Reconciled | undefined> {
    let changes: PlannedChange[] = [];
    try {
      return await this.enforcer.exclusive(key, since, async (lease) => {
        const row = await this.store.current(id);
        if (!row) return undefined;
        const mending = mendingOf(await this.check.compare(row), removeForeign);
        changes = mending.shown;
        if (changes.length === 0 && isInSync(row)) return { ...key, status: 'unchanged', changes };
        await this.removal.apply(row, mending.foreign, lease);
        if (mending.own.length > 0 || !isInSync(row)) await this.enforcer.enforce(lease, row, { last: true });
        if (changes.length > 0) await this.record(row, changes, actor);
        return { ...key, status: changes.length > 0 ? 'mended' : 'unchanged', changes };
      });
    } catch (error) {
      if (error instanceof LeaseLost) return { ...key, status: 'failed', changes, code: 'busy' };
      const { code, detail } = reasonOf(error);
      this.logger.warn(`${key.kind} ${key.name} was not repaired: ${code} (${detail})`);
      return { ...key, status: 'failed', changes, code };
    }
  }

  private record(row: SubjectRow, changes: readonly PlannedChange[], actor: Actor): Promise<void> {
    const done = changes.slice(0, 20).map(({ change, target }) => `${change} ${target}`);
    const detail = { changes: done, count: changes.length };
    return this.subjects.record(row, actor, { action: 'subject.reconciled', detail });
  }
}
