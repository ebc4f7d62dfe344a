import { Module } from '@nestjs/common';
import { DemoPeople } from './login/demo-people.js';
import { LoginLimit } from './login/login-limit.js';
import { LoginWays } from './login/login-ways.js';
import { PageLogins } from './login/logins.js';
import { LoginsElsewhere } from './login/logins-elsewhere.js';
import { HubLogin } from './login/jupyterhub/hub-login.js';
import { OidcLogin } from './login/oidc/oidc-login.js';
import { RedirectsController } from './login/redirects.controller.js';
import { PageSessionController } from './login/page-session.controller.js';
import { OldPageSessions } from './sessions/old-page-sessions.js';
import { PageSessions } from './sessions/page-sessions.js';
import { Renewals } from './sessions/renewals.js';
import { SessionTokens } from './sessions/session-tokens.js';
import { PageSessionsStore } from './sessions/page-sessions.store.js';

/** The self-service page. Imported only if it is on. */
@Module({
  controllers: [PageSessionController, RedirectsController],
  providers: [
    ...[PageSessionsStore, PageSessions, SessionTokens, OldPageSessions],
    ...[DemoPeople, LoginLimit, LoginWays, PageLogins, LoginsElsewhere, OidcLogin, HubLogin, Renewals],
  ],
})
export class PageModule {}
