import { Global, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerModule } from '@nestjs/throttler';
import { AppConfig } from '../config/app-config.js';
import type { Authenticator } from './authenticators/authenticator.js';
import { Directories } from './authenticators/directories.js';
import { AccessGuard, TokenGuard } from './guards.js';
import { HubAuthenticator } from './authenticators/jupyterhub/hub.authenticator.js';
import { HubLoginAuthenticator, HubLogins } from './authenticators/jupyterhub/hub-logins.js';
import { HubClient } from './authenticators/jupyterhub/hub.client.js';
import { KBaseAuthenticator } from './authenticators/kbase/kbase.authenticator.js';
import { KBaseClient } from './authenticators/kbase/kbase.client.js';
import { OidcAuthenticator } from './authenticators/oidc/oidc.authenticator.js';
import { LoginGroupNames } from './authenticators/login-groups.js';
import { KnownAdminsStore } from './people/known-admins.store.js';
import { AdminTargets } from './people/admin-targets.js';
import { Arrivals } from './people/arrivals.js';
import { LastLogins } from './people/last-logins.js';
import { LastLoginsStore } from './people/last-logins.store.js';
import { Logins } from './people/logins.js';
import { People } from './people/people.js';
import { Returns } from './people/returns.js';
import { UserStatusStore } from './people/user-status.store.js';
import { RateLimitGuard, throttlerOptions } from './rate-limit.js';
import { ServiceTokenAuthenticator } from './authenticators/service-token.authenticator.js';
import { AUTHENTICATORS, Tokens } from './authenticators/tokens.js';
import { BrowserSessions } from './sessions/browser-sessions.js';
import { TokenStrategy } from './token.strategy.js';

/** Provides the guards behind `@Authenticated` to every controller. */
@Global()
@Module({
  imports: [
    PassportModule,
    ThrottlerModule.forRootAsync({ inject: [AppConfig, Reflector], useFactory: throttlerOptions }),
  ],
  providers: [
    HubClient,
    KBaseClient,
    KnownAdminsStore,
    LoginGroupNames,
    AdminTargets,
    ...[Arrivals, Returns, Logins, LastLogins, LastLoginsStore, People],
    UserStatusStore,
    HubAuthenticator,
    KBaseAuthenticator,
    OidcAuthenticator,
    ServiceTokenAuthenticator,
    Directories,
    {
      provide: AUTHENTICATORS,
      inject: [ServiceTokenAuthenticator, OidcAuthenticator, HubAuthenticator, KBaseAuthenticator],
      useFactory: (...chain: Authenticator[]) => chain,
    },
    Tokens,
    HubLoginAuthenticator,
    {
      provide: HubLogins,
      inject: [HubLoginAuthenticator],
      useFactory: (hub: HubLoginAuthenticator) => new HubLogins([hub]),
    },
    BrowserSessions,
    TokenStrategy,
    TokenGuard,
    AccessGuard,
    RateLimitGuard,
  ],
  exports: [
    BrowserSessions,
    Tokens,
    HubLogins,
    HubClient,
    KBaseClient,
    Directories,
    AdminTargets,
    ...[Arrivals, Returns, Logins, LastLogins, People],
    UserStatusStore,
    TokenGuard,
    AccessGuard,
    RateLimitGuard,
    ThrottlerModule,
  ],
})
export class AuthModule {}
