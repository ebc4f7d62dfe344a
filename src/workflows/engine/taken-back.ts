import type { Operation } from '../../provisioning/kinds/kind.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';

/** What the undo of a run took back, and what stays. What undoes several steps at once is told once. */
export function takenBack({ steps }: Pick<Run, 'steps'>): Operation[] {
  const told = new Set<string>();
  return steps.flatMap((step) => {
    const by = step.undo_id ?? step.kept?.id;
    if (by === undefined || told.has(by)) return [];
    told.add(by);
    return step.undo_result?.operations ?? stays(step);
  });
}

/** That the resource of a step stays though its run is taken back, if it does. */
export function stays({ kept }: Pick<StepRow, 'kept'>): Operation[] {
  if (!kept) return [];
  const message = `run ${kept.for} changed it since: it stays, until somebody asks for DELETE /api/resources/${kept.id}`;
  const entitlement = { type: 'resource', id: kept.id };
  return [{ entitlement, action: 'remove', status: 'skipped', message }];
}
