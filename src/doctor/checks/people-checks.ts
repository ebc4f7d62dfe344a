import { Injectable } from '@nestjs/common';
import { type Directory, Directories } from '../../auth/authenticators/directories.js';
import { type Check, type Checks, type Finding, notConfigured, ok } from './check.js';
import { LeaverChecks } from './leaver-checks.js';
import { LoginChecks } from './login-checks.js';
import { PageChecks } from './page/page-checks.js';

/** Where people come from: the directories, the groups that logins name, who has left, and the page. */
@Injectable()
export class PeopleChecks implements Checks {
  constructor(
    private readonly directories: Directories,
    private readonly logins: LoginChecks,
    private readonly leavers: LeaverChecks,
    private readonly page: PageChecks,
  ) {}

  list(): Check[] {
    return [
      ...this.directories.all.map((each): Check => [each.name, () => answers(each)]),
      ['login_groups', () => this.logins.loginGroups()],
      ['leavers', () => this.leavers.leavers()],
      ['page', () => this.page.page()],
    ];
  }
}

async function answers({ configured, variable, ping }: Directory): Promise<Finding> {
  return configured ? ok(await ping()) : notConfigured(`Not configured (${variable})`);
}
