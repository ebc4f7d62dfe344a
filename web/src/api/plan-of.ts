import type { Schema } from './schema.ts';

/** The changes in the answer to a dry run; none in an answer without a body. */
export function planOf(answer: Schema['DryRunDto'] | object | undefined): Schema['PlannedChangeDto'][] {
  return answer && 'plan' in answer ? answer.plan : [];
}
