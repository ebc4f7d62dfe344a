import { reasonOf } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import { type PlannedChange, showPlan } from '../plan/planned-change.js';
import type { SubjectKey } from '../subjects/subject-key.js';
import type { Comparison, CheckResult } from './check.js';
import type { ForeignResource } from './foreign/foreign-resources.js';

/** One subject that differs from what MinIO holds of it, for people to read. */
export interface SubjectDrift extends SubjectKey {
  /** False: a change of the subject is on its way to MinIO, so the difference is no drift yet. */
  enforced: boolean;
  changes: PlannedChange[];
  foreign: ForeignResource[];
  /** Why the subject could not be compared; null if it was. */
  unreadable: { code: string; detail: string } | null;
}

/** The properties of a differing subject that decide its repair. */
export interface Differing {
  id: string;
  key: SubjectKey;
  /** MinIO was known to hold its desired state. */
  settled: boolean;
  /** Something of this service differs. */
  own: boolean;
  /** Something foreign may be removed. */
  removable: boolean;
}

/** How many subjects are shown, and how many changes in all: one change may contain two documents of 20 KiB. */
const MAX_SHOWN = { subjects: 500, changes: 1000 };

/** The findings of a sweep. Every difference is counted, a bounded number is shown. */
export class DriftReport {
  readonly checkedAt = new Date();
  /** Subjects that were compared. */
  checked = 0;
  /** Subjects that were being changed at every attempt. */
  changing = 0;
  readonly subjects: SubjectDrift[] = [];
  readonly differing: Differing[] = [];
  /** Subjects that could not be compared. */
  unreadable = 0;
  /** Of these, those for which MinIO did not answer. */
  unanswered = 0;
  readonly foreign: ForeignResource[] = [];
  moreForeign = 0;
  #changes = 0;

  /** Subjects that differ and are not shown. */
  get moreSubjects(): number {
    return this.differing.length + this.unreadable - this.subjects.length;
  }

  add({ kind, name }: SubjectRow, verdict: CheckResult): void {
    if (verdict.state === 'changing') this.changing++;
    if (verdict.state === 'unreadable') {
      const { row, code, detail } = verdict;
      this.unreadable++;
      if (code === 'storage_unavailable') this.unanswered++;
      this.show({
        kind,
        name,
        enforced: row.settled,
        changes: [],
        foreign: [],
        unreadable: { code, detail },
      });
    }
    if (verdict.state !== 'differs') return;
    const { row, comparison } = verdict;
    const { plan, foreign } = comparison;
    this.differing.push({
      id: row.id,
      key: { kind, name },
      settled: row.settled,
      own: plan.length > 0,
      removable: foreign.some(({ removable }) => removable),
    });
    if (!this.hasRoom()) return;
    this.show({ kind, name, enforced: row.settled, ...shown(row, comparison), foreign });
  }

  /** Subjects with a difference that this service must repair. */
  get drifting(): Differing[] {
    return this.differing.filter(({ settled, own }) => settled && own);
  }

  private show(subject: SubjectDrift): void {
    if (!this.hasRoom()) return;
    this.subjects.push(subject);
    this.#changes += subject.changes.length;
  }

  private hasRoom(): boolean {
    return this.subjects.length < MAX_SHOWN.subjects && this.#changes < MAX_SHOWN.changes;
  }
}

/** A difference that cannot be shown is repaired all the same, and does not hide other subjects. */
function shown(
  row: SubjectRow,
  { observed, plan }: Comparison,
): Pick<SubjectDrift, 'changes' | 'unreadable'> {
  try {
    return { changes: showPlan(row, observed, plan), unreadable: null };
  } catch (error) {
    return { changes: [], unreadable: reasonOf(error) };
  }
}
