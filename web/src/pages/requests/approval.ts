import type { Schema } from '../../api/schema.ts';

/** Gives what was asked for; a path until the end of a day, in the person's own time zone, or without an end. */
export function approvalOf(
  { permission, role }: Schema['AccessRequestDto'],
  until: string,
): Schema['PathApprovalDto'] | Schema['GroupApprovalDto'] {
  if (role !== undefined) return { role };
  const end = until === '' ? {} : { expires_at: new Date(`${until}T23:59:59`).toISOString() };
  return { permission: permission ?? 'read', ...end };
}
