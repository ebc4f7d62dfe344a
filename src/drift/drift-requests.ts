import { Injectable } from '@nestjs/common';
import type { PlannedChange } from '../access/plan/planned-change.js';
import { Subjects } from '../access/subjects/subjects.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { Drift } from '../access/drift/drift.js';
import type { DriftReport } from '../access/drift/drift-report.js';
import { type Reconciled, DriftRepair, type DriftTarget } from '../access/drift/drift-repair.js';
import type { Actor } from '../common/caller.js';
import { type FieldError, Problem } from '../common/problems/problem.js';

/** What to repair; without subjects, everything that differs. */
export interface ReconcileSpec {
  subjects?: readonly SubjectKey[] | undefined;
  removeForeign: boolean;
}

/** Maximum number of subjects that one call repairs. */
const MAX_TARGETS = 500;

/** Reports drift and repairs it. */
@Injectable()
export class DriftRequests {
  constructor(
    private readonly drift: Drift,
    private readonly reconciler: DriftRepair,
    private readonly subjects: Subjects,
  ) {}

  report(): Promise<DriftReport> {
    return this.drift.find();
  }

  /** What {@link reconcile} would do. */
  async plan(spec: ReconcileSpec): Promise<PlannedChange[]> {
    const { targets } = await this.targetsOf(spec);
    return this.reconciler.plan(targets, spec.removeForeign);
  }

  /** `more` is the number of differing subjects beyond those that one call repairs. */
  async reconcile(spec: ReconcileSpec, actor: Actor): Promise<{ results: Reconciled[]; more: number }> {
    const { targets, more } = await this.targetsOf(spec);
    return { results: await this.reconciler.reconcile(targets, spec.removeForeign, actor), more };
  }

  private async targetsOf(spec: ReconcileSpec): Promise<{ targets: DriftTarget[]; more: number }> {
    if (spec.subjects) return { targets: await this.named(spec.subjects), more: 0 };
    const { differing } = await this.drift.find();
    const all = differing.filter(({ own, removable }) => own || (spec.removeForeign && removable));
    return { targets: all.slice(0, MAX_TARGETS), more: Math.max(0, all.length - MAX_TARGETS) };
  }

  /** Each subject once. If any does not exist, throws a 422 that names every one of them, and nothing is done. */
  private async named(keys: readonly SubjectKey[]): Promise<DriftTarget[]> {
    const targets = new Map<string, DriftTarget>();
    const errors: FieldError[] = [];
    for (const [index, key] of keys.entries()) {
      const row = await this.subjects.find(key);
      if (row) targets.set(row.id, { id: row.id, key: { kind: row.kind, name: row.name } });
      else errors.push({ field: `subjects.${index}.name`, rule: `there is no such ${key.kind}` });
    }
    if (errors.length === 0) return [...targets.values()];
    const [{ field, rule }] = errors as [FieldError];
    throw new Problem('unprocessable', `${field}: ${rule}`, { errors: errors.slice(0, 20) });
  }
}
