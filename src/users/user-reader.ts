import { Injectable } from '@nestjs/common';
import { DesiredState } from '../access/desired/desired-state.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import { groupsMissing, isWhole } from '../access/enforce/whole.js';
import { Explain } from '../access/explain/explain.js';
import { Subjects } from '../access/subjects/subjects.js';
import { isEnforced, isUnwritten, keepsSecret } from '../access/subjects/subject-state.js';
import { UserFields } from './user-fields.js';
import type { UserDto } from './user.dto.js';

/** Reads one user. */
@Injectable()
export class UserReader {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly explain: Explain,
    private readonly desired: DesiredState,
    private readonly fields: UserFields,
  ) {}

  /** The desired state of the user, and whether MinIO holds it. 404 for a user that was never created. */
  async read(userName: string): Promise<UserDto> {
    const row = await this.subjects.requireUser(userName);
    const [observed, standing, desired] = await Promise.all([
      this.enforcer.observe(row),
      this.explain.standingOf(row),
      this.desired.of(row),
    ]);
    const documents = desired.kind === 'user' ? [...desired.documents] : [];
    return {
      ...(await this.fields.of(row)),
      status: row.status,
      keeps_secret: keepsSecret(row),
      groups: standing.memberships.map(({ group_name, role }) => ({ group_name, role })),
      policies: documents.map(([policy_name, { document }]) => ({ policy_name, document: { ...document } })),
      foreign_policies: standing.policies.map(({ policy_name, group }) => ({
        policy_name,
        via: group ?? 'user',
      })),
      enforced:
        isEnforced(row) &&
        (isUnwritten(row) ||
          (isWhole(desired, observed) && groupsMissing(standing.memberships, observed).length === 0)),
    };
  }
}
