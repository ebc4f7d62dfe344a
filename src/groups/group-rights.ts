import { Problem } from '../common/problems/problem.js';
import type { GroupRole, SubjectRow } from '../database/schema.js';

/** The role of a user among members; undefined for a user outside the group. */
export function roleIn(
  members: readonly { user_name: string; role: GroupRole }[],
  userName: string,
): GroupRole | undefined {
  return members.find(({ user_name }) => user_name === userName)?.role;
}

/** Changes with every change of the group (RFC 9110, section 8.8.3). */
export function tagOf({ id, generation }: Pick<SubjectRow, 'id' | 'generation'>): string {
  return `"${id.slice(0, 8)}-${generation}"`;
}

/** Throws `precondition_failed` unless `If-Match` matches the group. Without the header there is no condition. */
export function requireTag(group: SubjectRow | undefined, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const wanted = ifMatch.split(',').map((each) => each.trim());
  if (group && (wanted.includes('*') || wanted.includes(tagOf(group)))) return;
  throw new Problem('precondition_failed', 'The group has changed since it was read');
}
