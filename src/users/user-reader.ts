import { Injectable } from '@nestjs/common';
import { DesiredState } from '../access/desired/desired-state.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import { groupsMissing, isWhole } from '../access/enforce/whole.js';
import { Explain } from '../access/explain/explain.js';
import { isEnforced, isUnwritten, keepsSecret, Subjects } from '../access/subjects/subjects.js';
import { Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { formatPath, homePath, homePaths } from '../policy/paths.js';
import type { UserDto } from './user.dto.js';

/** Reads one user. */
@Injectable()
export class UserReader {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly explain: Explain,
    private readonly desired: DesiredState,
    private readonly config: AppConfig,
  ) {}

  /** The desired state of the user, and whether MinIO holds it. 404 for a user that was never created. */
  async read(userName: string): Promise<UserDto> {
    const key = { kind: 'user', name: userName } as const;
    const row = await this.subjects.find(key);
    if (!row || row.status === 'removed') throw new Problem('not_found', 'There is no such user');
    const [observed, standing, desired] = await Promise.all([
      this.enforcer.observe(key),
      this.explain.standingOf(row),
      this.desired.of(row),
    ]);
    const { lake } = this.config;
    const documents = desired.kind === 'user' ? [...desired.documents] : [];
    return {
      user_name: userName,
      access_key: row.principal,
      home_path: formatPath(homePath({ ...lake, userName })),
      home_paths: homePaths(lake, userName).map(formatPath),
      status: row.status,
      created_at: row.created_at.toISOString(),
      rotated_at: row.rotated_at.toISOString(),
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
