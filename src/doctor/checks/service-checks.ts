import { Injectable } from '@nestjs/common';
import { type Directory, Directories } from '../../auth/authenticators/directories.js';
import { type Check, type Checks, type Finding, notConfigured, ok } from './check.js';
import { DatabaseChecks } from './database-checks.js';
import { LeaverChecks } from './leaver-checks.js';
import { LoginChecks } from './login-checks.js';
import { NotificationChecks } from './notification-checks.js';

/** The dependencies of this service besides MinIO and the portal: the directories of people, the groups that logins name, what notices go to, the database and the broker. */
@Injectable()
export class ServiceChecks implements Checks {
  constructor(
    private readonly directories: Directories,
    private readonly database: DatabaseChecks,
    private readonly logins: LoginChecks,
    private readonly leavers: LeaverChecks,
    private readonly notifications: NotificationChecks,
  ) {}

  list(): Check[] {
    return [
      ...this.directories.all.map((each): Check => [each.name, () => answers(each)]),
      ['login_groups', () => this.logins.loginGroups()],
      ['leavers', () => this.leavers.leavers()],
      ['notifications', () => this.notifications.deliveries()],
      ['database', () => this.database.database()],
      ['broker', () => this.database.broker()],
    ];
  }
}

async function answers({ configured, variable, ping }: Directory): Promise<Finding> {
  return configured ? ok(await ping()) : notConfigured(`Not configured (${variable})`);
}
