import { Injectable } from '@nestjs/common';
import { HubLogins } from '../../auth/authenticators/jupyterhub/hub-logins.js';
import { Tokens } from '../../auth/authenticators/tokens.js';
import type { Caller } from '../../common/caller.js';
import type { LoginWay } from '../../database/tables/page-tables.js';

/** The holders of the tokens of sessions. A token that a hub gave to the page itself is valid here alone. */
@Injectable()
export class SessionTokens {
  constructor(
    private readonly tokens: Tokens,
    private readonly hubLogins: HubLogins,
  ) {}

  /** As {@link Tokens.callerOf}. */
  callerOf(way: LoginWay, token: string, ip: string): Promise<Caller | undefined> {
    return (way === 'jupyterhub' ? this.hubLogins : this.tokens).callerOf(token, ip);
  }
}
