import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import type { ServiceToken } from '../../config/service-tokens.js';
import { sha256 } from '../../common/hash.js';
import { type Authenticator, isServiceToken } from './authenticator.js';

/** Tokens of other services: `svc_…`, known by their SHA-256 only (SERVICE_TOKENS). */
@Injectable()
export class ServiceTokenAuthenticator implements Authenticator {
  readonly #tokens: ReadonlyMap<string, ServiceToken>;

  constructor(config: AppConfig) {
    this.#tokens = new Map(config.serviceTokens.map((token) => [token.sha256, token]));
  }

  accepts(token: string): boolean {
    return isServiceToken(token);
  }

  authenticate(token: string): Promise<Caller | undefined> {
    // looked up by digest: the time it takes tells nothing about the token
    const tokenHash = sha256(token);
    const known = this.#tokens.get(tokenHash);
    if (!known) return Promise.resolve(undefined);
    const { name, scopes } = known;
    return Promise.resolve({ name, kind: 'service', admin: scopes.includes('admin'), scopes, tokenHash });
  }
}
