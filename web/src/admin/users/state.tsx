import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';

const TAGS = { active: 'tag good', disabled: 'tag warn', removing: 'tag bad' };

/** Whether a user may work, and whether MinIO knows it. */
export function State({
  status,
  enforced,
  suspended,
}: Pick<Schema['AdminUserDto'], 'status' | 'enforced' | 'suspended'>) {
  return (
    <>
      <span class={TAGS[status]}>{words.users.states[status]}</span>{' '}
      {suspended !== null && <span class="tag warn">{words.users.states.suspended}</span>}{' '}
      {!enforced && <span class="tag warn">{words.users.notEnforced}</span>}
    </>
  );
}
