import type { ProvisionStatus } from '../../database/tables/work/job-tables.js';
import type { Run } from '../runs/runs.store.js';
import type { StepRow } from '../runs/steps.store.js';
import { isDecisive } from './prepare.js';
import type { StepState } from './decide.js';
import { isIn, type Whole } from './wholes.js';

/** How far each step of a run is, by the states of its provisions. Those of a resource that is taken back as a whole are undone with it. */
export function statesOf(
  run: Run,
  { canUndo }: { canUndo: (type: string) => boolean },
  wholes: readonly Whole[],
): StepState[] {
  const isUndoable = ({ name, type }: StepRow): boolean => {
    const whole = wholes.find(({ resource }) => isIn(resource, name));
    return whole ? whole.deletion !== undefined : canUndo(type);
  };
  return run.steps.map((step) => ({
    position: step.position,
    state: stateOf(step),
    timedOut: step.error_code === 'step_timed_out' && (step.attempts ?? 0) > 0,
    undoable: isUndoable(step),
    undo: step.undo_status === null ? null : progressOf(step.undo_status),
    isDecisive: isDecisive(run, step.position),
  }));
}

function stateOf({ skipped, refused, status }: StepRow): StepState['state'] {
  if (skipped !== null) return 'skipped';
  if (refused !== null) return 'failed';
  if (status === 'cancelled') return 'cancelled';
  return status === null ? 'waiting' : progressOf(status);
}

function progressOf(status: ProvisionStatus): 'open' | 'done' | 'failed' {
  if (status === 'completed') return 'done';
  return status === 'failed' || status === 'cancelled' ? 'failed' : 'open';
}
