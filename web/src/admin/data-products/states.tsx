import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

const TAGS = {
  pending: 'tag warn',
  ready: 'tag good',
  missing: 'tag bad',
  rejected: 'tag bad',
  deleted: 'tag',
};

export const STATES = ['ready', 'pending', 'missing', 'rejected', 'deleted'] as const;

/** How a data product stands. */
export function State({
  state,
  deleting,
  data_waits: waits,
  enforced,
}: Pick<Schema['DataProductDto'], 'state' | 'deleting' | 'data_waits' | 'enforced'>) {
  const { products } = words;
  return (
    <>
      <span class={TAGS[state]}>{products.states[state]}</span>{' '}
      {deleting && <span class="tag warn">{products.deleting}</span>}{' '}
      {waits && <span class="tag bad">{products.dataWaits}</span>}{' '}
      {!enforced && state !== 'deleted' && <span class="tag warn">{words.users.notEnforced}</span>}
    </>
  );
}
