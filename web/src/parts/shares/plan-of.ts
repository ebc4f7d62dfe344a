import type { Schema } from '../../api/schema.ts';

/** The changes in the answer to a dry run. */
export function planOf(answer: Schema['DryRunDto'] | object): Schema['PlannedChangeDto'][] {
  return 'plan' in answer ? answer.plan : [];
}
