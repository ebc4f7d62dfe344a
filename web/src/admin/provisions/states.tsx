import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

type Provision = Schema['ProvisionDto'];

const TAGS = {
  pending: 'tag warn',
  processing: 'tag warn',
  pending_action: 'tag warn',
  completed: 'tag good',
  failed: 'tag bad',
  cancelled: 'tag',
};

export const STATUSES = [
  'pending',
  'processing',
  'pending_action',
  'completed',
  'failed',
  'cancelled',
] as const;

/** How far a provision is. */
export function State({ status, dead_lettered_at: dead, discarded_at: discarded }: Provision) {
  return (
    <>
      <span class={TAGS[status]}>{words.provisions.states[status]}</span>{' '}
      {dead !== null && discarded === null && <span class="tag bad">{words.provisions.dead1}</span>}
    </>
  );
}

/** What a provision is, while something can still happen to it by itself; undefined: it has come to rest. */
export function underWay({ status, attempts, events }: Schema['ProvisionDetailDto']): string | undefined {
  if (status !== 'pending' && status !== 'processing' && status !== 'pending_action') return undefined;
  return `${status} ${attempts} ${events.length}`;
}
