import { Global, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerModule } from '@nestjs/throttler';
import { AppConfig } from '../config/app-config.js';
import { AccessGuard, TokenGuard } from './guards.js';
import { KBaseAuthenticator } from './authenticators/kbase.authenticator.js';
import { KBaseClient } from './authenticators/kbase.client.js';
import { KnownAdminsStore } from './known-admins.store.js';
import { RateLimitGuard, throttlerOptions } from './rate-limit.js';
import { ServiceTokenAuthenticator } from './authenticators/service-token.authenticator.js';
import { AUTHENTICATORS, TokenStrategy } from './token.strategy.js';

/** Gives the guards behind `@Authenticated` to every controller. */
@Global()
@Module({
  imports: [
    PassportModule,
    ThrottlerModule.forRootAsync({ inject: [AppConfig, Reflector], useFactory: throttlerOptions }),
  ],
  providers: [
    KBaseClient,
    KnownAdminsStore,
    KBaseAuthenticator,
    ServiceTokenAuthenticator,
    {
      provide: AUTHENTICATORS,
      inject: [ServiceTokenAuthenticator, KBaseAuthenticator],
      useFactory: (...chain: [ServiceTokenAuthenticator, KBaseAuthenticator]) => chain,
    },
    TokenStrategy,
    TokenGuard,
    AccessGuard,
    RateLimitGuard,
  ],
  exports: [KBaseClient, KnownAdminsStore, TokenGuard, AccessGuard, RateLimitGuard, ThrottlerModule],
})
export class AuthModule {}
