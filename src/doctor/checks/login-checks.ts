import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { LoginGroupsReader } from '../../groups/logins/login-groups-reader.js';
import { type LoginSummary, SHOWN } from '../../groups/logins/login-summary.js';
import { type Finding, notConfigured, ok } from './check.js';

const CONFIRM =
  'Check the claim and its mapper at the source, and GROUPS_FROM_MAP. When logins name groups again, nothing is lost. For people who are ' +
  'really gone: remove them from the groups here (DELETE /groups/{group}/members/{user})';

/** The groups that logins name. */
@Injectable()
export class LoginChecks {
  constructor(
    private readonly reader: LoginGroupsReader,
    private readonly config: AppConfig,
  ) {}

  async loginGroups(): Promise<Finding> {
    const { groupsFrom } = this.config;
    const summary = await this.reader.summary();
    const { people, memberships, braked, missing } = summary;
    if (!groupsFrom) return unfollowed(memberships);
    if (braked > 0)
      return {
        verdict: 'failed',
        detail: `Too many people lost all groups of their logins within a day. ${braked} more would, and keep their memberships`,
        remedy: CONFIRM,
      };
    const detail = `Logins of ${people} people name groups; ${memberships} memberships come from logins${planned(groupsFrom.dryRun, summary)}`;
    if (missing.length === 0) return ok(detail);
    const shown = missing.slice(0, SHOWN).map(({ name, people: count }) => `${name} (${count} people)`);
    const more = missing.length > SHOWN ? ', ...' : '';
    const absent = `${detail}. These groups do not exist here: ${shown.join(', ')}${more}`;
    // without a map, every group of the directory is named
    if (!groupsFrom.rules) return ok(absent);
    return {
      verdict: 'warning',
      detail: absent,
      remedy: 'Create the groups (POST /groups/{group}), or take their names out of GROUPS_FROM_MAP',
    };
  }
}

function unfollowed(memberships: number): Finding {
  if (memberships === 0) return notConfigured('Not configured (GROUPS_FROM)');
  return {
    verdict: 'warning',
    detail: `${memberships} memberships come from logins, which are not followed any more: GROUPS_FROM is not set`,
    remedy: 'Set GROUPS_FROM again, or remove the members who should not stay',
  };
}

function planned(dryRun: boolean, { toGive, toEnd, unconfirmed }: LoginSummary): string {
  if (dryRun) return `. Dry run: ${toGive} memberships would be given, ${toEnd} would end`;
  return unconfirmed > 0
    ? `. ${unconfirmed} people suddenly have no groups, and another login must confirm it`
    : '';
}
