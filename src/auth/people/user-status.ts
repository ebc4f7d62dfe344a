import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';

/** 403: the user is disabled until the next login. A login that was not valid enough to end that gets it too. */
export class UserSuspended extends Problem {
  constructor() {
    super('user_disabled', 'The user is suspended until the next login');
  }
}

/** Throws the problem that bars a user from every operation: the user is disabled, or its removal is not finished. */
export function refuseUnlessActive({ status, suspended }: Pick<SubjectRow, 'status' | 'suspended'>): void {
  if (status === 'disabled') throw suspended === null ? userDisabled() : new UserSuspended();
  if (status === 'removing')
    throw new Problem('user_being_removed', 'The removal of this user is not finished yet');
}

/** 403: disabled here, or in MinIO by hand. */
export function userDisabled(): Problem {
  return new Problem('user_disabled', 'The user is disabled; an administrator can enable it');
}
