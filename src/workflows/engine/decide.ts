/** How far one step of a run is. */
export interface StepState {
  /** The place in the snapshot, from 0. */
  position: number;
  state: 'waiting' | 'open' | 'done' | 'failed' | 'cancelled' | 'skipped';
  /** It failed because its time was up: nobody knows all that it did. */
  timedOut: boolean;
  /** Whether its type has something to undo. */
  undoable: boolean;
  /** How far its undo is; null: not begun. */
  undo: 'open' | 'done' | 'failed' | null;
  /** A failure of it ends the run. */
  isDecisive: boolean;
}

/** How a run goes on. */
export interface Course {
  onFailure: 'rollback' | 'keep';
  cancelRequested: boolean;
}

/** What to do next. */
export type Decision =
  | { next: 'wait' | 'complete' | 'cancel' | 'undone' }
  | { next: 'begin' | 'undo' | 'fail' | 'undo_failed'; position: number };

/**
 * What a run does next: its steps in order, one at a time. The first failure that counts ends it, with `rollback` after what was made has
 * been undone in reverse order.
 */
export function decide(steps: readonly StepState[], { onFailure, cancelRequested }: Course): Decision {
  if (steps.some(({ state, undo }) => state === 'open' || undo === 'open')) return { next: 'wait' };
  // one that was cancelled with the run has not failed
  const fails = ({ state }: StepState): boolean =>
    state === 'failed' || (state === 'cancelled' && !cancelRequested);
  const failed = steps.find((step) => fails(step) && step.isDecisive);
  if (failed) {
    const back = onFailure === 'rollback' ? decideUndo(steps) : undefined;
    return back && back.next !== 'undone' ? back : { next: 'fail', position: failed.position };
  }
  if (cancelRequested) return { next: 'cancel' };
  const waiting = steps.find(({ state }) => state === 'waiting');
  return waiting ? { next: 'begin', position: waiting.position } : { next: 'complete' };
}

/** What the undo of a run does next: the last step that did something, or may have, and is not undone yet. */
export function decideUndo(steps: readonly StepState[]): Decision {
  if (steps.some(({ state, undo }) => state === 'open' || undo === 'open')) return { next: 'wait' };
  const stuck = steps.find(({ undo }) => undo === 'failed');
  if (stuck) return { next: 'undo_failed', position: stuck.position };
  const hasActed = ({ state, timedOut }: StepState): boolean =>
    state === 'done' || (state === 'failed' && timedOut);
  const last = steps.findLast((step) => hasActed(step) && step.undoable && step.undo === null);
  return last ? { next: 'undo', position: last.position } : { next: 'undone' };
}
