import { Injectable } from '@nestjs/common';
import { MadminError } from '../../../madmin/errors.js';
import { MinioAdmin } from '../../../minio/minio-admin.js';
import { Applier } from '../../enforce/apply.js';
import type { Change } from '../../plan/changes.js';
import type { SubjectLease } from '../../leases/leases.js';
import { planFor } from '../../plan/plan.js';
import { ProgressStore } from '../../enforce/progress.store.js';
import type { SubjectRow } from '../../../database/schema.js';
import { type PlannedChange, showPlan } from '../../plan/planned-change.js';
import type { Comparison } from '../check.js';
import { planForeign, showForeign, withoutForeignPolicies } from './foreign-resources.js';

/** The steps of a repair, in order: foreign resources are removed first, then the subject's own are corrected. */
export interface Mending {
  foreign: Change[];
  own: Change[];
  shown: PlannedChange[];
}

/** The repair for a comparison; `removeForeign`: foreign policies and memberships are removed, too. */
export function mendingOf({ desired, observed, plan, foreign }: Comparison, removeForeign: boolean): Mending {
  const { row } = desired;
  const away = removeForeign ? planForeign(desired, observed, foreign) : [];
  if (away.length === 0) return { foreign: [], own: plan, shown: showPlan(row, observed, plan) };
  const then = withoutForeignPolicies(observed);
  const own = planFor(desired, then, true);
  const shown = [...showForeign(desired, observed, away), ...showPlan(row, then, own)];
  return { foreign: away, own, shown };
}

/** Takes foreign policies and memberships from subjects of this service. */
@Injectable()
export class ForeignRemoval {
  constructor(
    private readonly applier: Applier,
    private readonly progress: ProgressStore,
    private readonly minio: MinioAdmin,
  ) {}

  /** Applies the changes under the subject's lease. After a write of unknown outcome the subject is enforced once more. */
  async apply(row: SubjectRow, changes: readonly Change[], lease: SubjectLease): Promise<void> {
    if (changes.length === 0) return;
    try {
      await this.applier.apply(row, changes, lease);
    } catch (error) {
      if (error instanceof MadminError && error.outcomeUnknown) await this.progress.suspect(row);
      throw this.minio.toProblem(error);
    }
  }
}
