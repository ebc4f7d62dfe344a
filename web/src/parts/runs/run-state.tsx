import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

type Run = Pick<Schema['RunSummaryDto'], 'status' | 'undone_at'>;

const TAGS = {
  pending: 'tag',
  processing: 'tag live',
  pending_action: 'tag live',
  awaiting_approval: 'tag warn',
  completed: 'tag good',
  failed: 'tag bad',
  cancelled: 'tag',
};

/** How far a run is. */
export function RunState({
  run: { status, undone_at },
  isUndoing = false,
}: {
  run: Run;
  isUndoing?: boolean;
}) {
  if (undone_at !== null) return <span class="tag">{words.runs.undone}</span>;
  if (isUndoing) return <span class="tag live">{words.runs.undoing}</span>;
  return <span class={TAGS[status]}>{words.runs.states[status]}</span>;
}
