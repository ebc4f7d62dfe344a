import { Injectable } from '@nestjs/common';
import { holdsIn } from '../../access/memberships/holds.js';
import { Memberships } from '../../access/memberships/memberships.js';
import { noSuch } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { LoginGroupsDto } from './login-groups.dto.js';
import { LoginGroupsStore } from './login-groups.store.js';
import { planLogin } from './login-plan.js';
import type { LoginSummary } from './login-summary.js';

/** What logins say about groups, for administrators. */
@Injectable()
export class LoginGroupsReader {
  constructor(
    private readonly store: LoginGroupsStore,
    private readonly memberships: Memberships,
    private readonly config: AppConfig,
  ) {}

  /** 404 for a user that was never created. */
  async read(userName: string): Promise<LoginGroupsDto> {
    const state = await this.store.find(userName, []);
    if (!state) throw noSuch('user');
    const { named, given, ids, asOf, waits } = state;
    const { missing, give, change, end } = planLogin(named, given, ids);
    const held = new Set(
      (await this.memberships.groupsOf(state.userId))
        .filter((each) => holdsIn(each).login)
        .map(({ group_name }) => group_name),
    );
    const isMissing = new Set(missing.map(({ group }) => group));
    const isPlanned = new Set(
      [...give, ...change.filter(({ group }) => held.has(group))].map(({ group }) => group),
    );
    const stateOf = (group: string) => {
      if (isMissing.has(group)) return 'missing';
      if (isPlanned.has(group)) return 'planned';
      return held.has(group) ? 'given' : 'taken_away';
    };
    return {
      user_name: userName,
      source: this.config.groupsFrom?.source ?? null,
      dry_run: this.config.groupsFrom?.dryRun ?? false,
      said_at: asOf === undefined ? null : new Date(asOf).toISOString(),
      groups: named.map(({ group, role }) => ({ group_name: group, role, state: stateOf(group) })),
      ending: end.map(({ group, role }) => ({ group_name: group, role })),
      waits,
    };
  }

  summary(): Promise<LoginSummary> {
    return this.store.summary();
  }
}
