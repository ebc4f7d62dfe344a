import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { LoginsElsewhere } from './logins-elsewhere.js';
import { DemoPeople } from './demo-people.js';
import type { LoginWayDto } from './login.dto.js';

/** The ways to log in that this service has. */
@Injectable()
export class LoginWays {
  constructor(
    private readonly config: AppConfig,
    private readonly demo: DemoPeople,
    private readonly elsewhere: LoginsElsewhere,
  ) {}

  /** Those that are offered to a browser, the usual one first. */
  offered({ hasKbaseCookie }: { hasKbaseCookie: boolean }): LoginWayDto[] {
    const ways: LoginWayDto[] = [];
    if (this.demo.names.length > 0) ways.push({ way: 'demo', people: this.demo.names });
    for (const way of this.elsewhere.offered) ways.push({ way, url: `/ui/login/${way}` });
    if (this.config.kbase && hasKbaseCookie) ways.push({ way: 'kbase' });
    ways.push({ way: 'token' });
    return ways;
  }
}
