import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';

/** Throws the problem that bars a user from every operation: the user is disabled, or its removal is not finished. */
export function refuseUnlessActive({ status }: Pick<SubjectRow, 'status'>): void {
  if (status === 'disabled') throw userDisabled();
  if (status === 'removing')
    throw new Problem('user_being_removed', 'The removal of this user is not finished yet');
}

/** 403: disabled here, or in MinIO by hand. */
export function userDisabled(): Problem {
  return new Problem('user_disabled', 'The user is disabled; an administrator can enable it');
}
