import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../common/caller.js';
import { Arrivals } from './arrivals.js';
import { LastLogins } from './last-logins.js';
import { Logins } from './logins.js';
import { Returns } from './returns.js';
import { refuseUnlessActive } from './user-status.js';
import { UserStatusStore } from './user-status.store.js';

/** What happens to people when they call. */
@Injectable()
export class People {
  constructor(
    private readonly statuses: UserStatusStore,
    private readonly arrivals: Arrivals,
    private readonly returns: Returns,
    private readonly logins: Logins,
    private readonly lastLogins: LastLogins,
  ) {}

  /** The person must be met before the request goes on, whatever the operation checks itself. */
  isNew(caller: Caller): boolean {
    return this.logins.isNew(caller);
  }

  /**
   * Refuses a person who is disabled or being removed; one who has no row yet gets it, and one who is suspended is back. Memberships follow a
   * login that is new here.
   */
  async meet(caller: Caller, actor: Actor): Promise<void> {
    const found = await this.statuses.of(caller.name);
    if (!found) await this.arrivals.arrive(caller, actor);
    else if (!found.suspended || !(await this.back(caller, actor))) refuseUnlessActive(found);
    await this.logins.follow(caller, actor);
  }

  /** Ends the suspension of a person who logs in, or of the user for whom a service or an administrator asks for credentials. */
  back(caller: Caller, actor: Actor, userName = caller.name): Promise<boolean> {
    const isOwn = caller.kind === 'person' && caller.name === userName;
    if (isOwn && !caller.login) return Promise.resolve(false);
    return this.returns.back(userName, isOwn ? caller.login : undefined, actor);
  }

  /** The call was admitted. `of`: the user whose credentials it is about. */
  admitted(caller: Caller, of: string | undefined): void {
    this.lastLogins.note(caller);
    if (of !== undefined && of !== caller.name) this.lastLogins.noteUse(of);
  }
}
