import { endOfDay } from '../../api/end-of-day.ts';
import type { Schema } from '../../api/schema.ts';

/** Gives what was asked for; a path until the end of a day, or without an end. */
export function approvalOf(
  { permission, role }: Schema['AccessRequestDto'],
  until: string,
): Schema['PathApprovalDto'] | Schema['GroupApprovalDto'] {
  if (role !== undefined) return { role };
  return { permission: permission ?? 'read', ...endOfDay(until) };
}
