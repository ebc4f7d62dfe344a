import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { noSuch } from '../../common/problems/problem.js';
import type { LoginWay } from '../../database/tables/page-tables.js';
import type { LoginSecrets } from '../sessions/login-secrets.js';
import type { BegunLogin, Elsewhere } from './begun-login.js';
import { HubLogin } from './jupyterhub/hub-login.js';
import { LoginLimit } from './login-limit.js';
import { type Opened, PageLogins } from './logins.js';
import { OidcLogin } from './oidc/oidc-login.js';

interface LoginElsewhere {
  isOffered: boolean;
  addressOf: (login: BegunLogin, again: boolean) => Promise<URL>;
  complete: (login: BegunLogin, address: string) => Promise<{ secrets: LoginSecrets; loggedInAt: number }>;
}

/** The ways to log in elsewhere. */
@Injectable()
export class LoginsElsewhere {
  readonly #ways: Record<Elsewhere, LoginElsewhere>;

  constructor(
    private readonly logins: PageLogins,
    private readonly limit: LoginLimit,
    private readonly oidc: OidcLogin,
    jupyterhub: HubLogin,
  ) {
    this.#ways = { oidc, jupyterhub };
  }

  get offered(): Elsewhere[] {
    return (Object.keys(this.#ways) as Elsewhere[]).filter((way) => this.#ways[way].isOffered);
  }

  /** Where the browser is led. Throws `not_found` if the way is not offered here. */
  async addressOf(login: BegunLogin, again: boolean): Promise<URL> {
    return this.find(login.way).addressOf(login, again);
  }

  /** Opens a session for who comes back, by the token that the login gave. */
  complete(login: BegunLogin, request: FastifyRequest): Promise<Opened> {
    return this.limit.attempt(request.ip, async () => {
      const { secrets, loggedInAt } = await this.find(login.way).complete(login, request.url);
      return this.logins.bySecrets({ secrets, loggedInAt, way: login.way }, request);
    });
  }

  /** Where the browser ends a session that began elsewhere; null if it is over with the session here. */
  async endAddress(way: LoginWay, secrets: LoginSecrets): Promise<string | null> {
    return way === 'oidc' ? this.oidc.endAddress(secrets) : null;
  }

  private find(way: Elsewhere): LoginElsewhere {
    const found = this.#ways[way];
    if (!found.isOffered) throw noSuch('way to log in');
    return found;
  }
}
