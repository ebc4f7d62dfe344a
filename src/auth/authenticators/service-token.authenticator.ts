import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { ServiceToken } from '../../config/service-tokens.js';
import { type Authenticator, isServiceToken } from './authenticator.js';
import type { AuthResult } from './verdicts.js';

/** Service tokens (`svc_…`), stored only as SHA-256 (SERVICE_TOKENS). */
@Injectable()
export class ServiceTokenAuthenticator implements Authenticator {
  readonly #tokens: ReadonlyMap<string, ServiceToken>;

  constructor(config: AppConfig) {
    this.#tokens = new Map(config.serviceTokens.map((token) => [token.sha256, token]));
  }

  accepts(token: string): boolean {
    return isServiceToken(token);
  }

  ask(_: string, tokenHash: string): Promise<[AuthResult, number]> {
    // lookup by digest: its duration reveals nothing about the token
    const known = this.#tokens.get(tokenHash);
    if (!known) return Promise.resolve([{ refused: true }, 0]);
    const { name, scopes } = known;
    const admin = scopes.includes('admin');
    return Promise.resolve([{ caller: { name, kind: 'service', admin, scopes, tokenHash } }, 0]);
  }
}
