import type { Schema } from '../../api/schema.ts';

export type Act = 'retry' | 'redrive' | 'cancel' | 'undo' | 'discard';

/** Kinds that create something which another provision can take back. */
const UNDONE = new Set(['user', 'group', 'membership', 'share', 'bucket', 'quota', 'tags', 'prefix']);

/** What an administrator can do with a provision as it is now, the usual one first. */
export function actsOf({
  kind,
  status,
  events,
  discarded_at: discarded,
}: Pick<Schema['ProvisionDetailDto'], 'kind' | 'status' | 'events' | 'discarded_at'>): Act[] {
  const has = (event: string): boolean => events.some((each) => each.event === event);
  if (status === 'pending') return ['retry', 'cancel'];
  if (status === 'failed') return discarded !== null || has('redriven') ? [] : ['redrive', 'discard'];
  if (status === 'completed') return UNDONE.has(kind) && !has('undone') ? ['undo'] : [];
  // one that has begun ends when it is asked to, if its kind can
  return kind === 'credentials.rotate_all' && status === 'processing' ? ['cancel'] : [];
}
