/** How far one item of an order plan is. */
export interface ItemState {
  /** The place in the request, from 0. */
  position: number;
  /** Items of a stage begin when those of the stages before have ended. */
  stage: number;
  /** Its failure ends the plan. */
  hard: boolean;
  state: 'waiting' | 'open' | 'done' | 'failed' | 'cancelled';
  /** When it ended, in milliseconds; null: it has not, or could not begin. */
  endedAt: number | null;
  /** Whether the plan may take back what it made. */
  undoable: boolean;
  /** It may have made something, though it failed or was cancelled. */
  partial?: boolean;
  /** How far its undo is; null: not begun. */
  undo: 'open' | 'done' | 'failed' | null;
}

/** What to do next. */
export type Decision =
  /** `stop`: what has not begun is cancelled, and what has is waited for. */
  | { next: 'wait' | 'stop' | 'complete' | 'cancel' | 'undone' }
  | { next: 'begin' | 'undo'; positions: number[] }
  | { next: 'fail' | 'undo_failed'; position: number };

/** What an order plan does next: all items of a stage at once, the next stage when they have ended, unless a hard one has failed. */
export function decide(items: readonly ItemState[], cancelRequested: boolean): Decision {
  const isOpen = items.some(({ state }) => state === 'open');
  const failed = firstFailure(items, cancelRequested);
  if (failed) return isOpen ? { next: 'stop' } : { next: 'fail', position: failed.position };
  if (cancelRequested) return { next: isOpen ? 'stop' : 'cancel' };
  if (isOpen) return { next: 'wait' };
  const waiting = items.filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) return { next: 'complete' };
  const stage = Math.min(...waiting.map((item) => item.stage));
  return { next: 'begin', positions: positionsOf(waiting.filter((item) => item.stage === stage)) };
}

/** What the undo of an order plan does next: the last stage first, and in it what was asked for last. */
export function decideUndo(items: readonly ItemState[]): Decision {
  if (items.some(({ undo }) => undo === 'open')) return { next: 'wait' };
  const stuck = items.find(({ undo }) => undo === 'failed');
  if (stuck) return { next: 'undo_failed', position: stuck.position };
  const mayHaveMade = ({ state, partial = false }: ItemState): boolean =>
    state === 'done' || (partial && (state === 'failed' || state === 'cancelled'));
  const left = items.filter((item) => mayHaveMade(item) && item.undoable && item.undo === null);
  if (left.length === 0) return { next: 'undone' };
  const stage = Math.max(...left.map((item) => item.stage));
  return { next: 'undo', positions: positionsOf(left.filter((item) => item.stage === stage)).reverse() };
}

/** The hard item that failed first. One that was cancelled has failed, unless the whole plan was cancelled. */
function firstFailure(items: readonly ItemState[], cancelRequested: boolean): ItemState | undefined {
  const failed = items.filter(
    ({ hard, state }) => hard && (state === 'failed' || (state === 'cancelled' && !cancelRequested)),
  );
  return failed.sort(
    (a, b) => a.stage - b.stage || (a.endedAt ?? 0) - (b.endedAt ?? 0) || a.position - b.position,
  )[0];
}

function positionsOf(items: readonly ItemState[]): number[] {
  return items.map(({ position }) => position).sort((a, b) => a - b);
}
