import type { Schema } from '../../api/schema.ts';

/** A group that everybody is in, which is no team. */
export const EVERYONE = 'everyone';

/** Whether a person may cancel, retry or undo a run: whoever asked for it, an owner of its team, an administrator. */
export function isInCharge(
  { team, requested_by }: Pick<Schema['RunDto'], 'team' | 'requested_by'>,
  me: Pick<Schema['MeDto'], 'user_name' | 'admin' | 'groups'> | undefined,
): boolean {
  if (!me) return false;
  const owns = me.groups.some(({ group_name, role }) => group_name === team && role === 'owner');
  return me.admin || owns || requested_by === me.user_name;
}
