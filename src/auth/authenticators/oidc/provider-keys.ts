import { setTimeout as sleep } from 'node:timers/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
} from 'jose';
import { AUTH_TIMEOUT_MS, authUnavailable } from '../auth-http.js';
import type { Turn } from '../authenticator.js';

/** An unknown key id causes a new fetch, at most once in this time, in milliseconds. */
const COOLDOWN_MS = 1000;
/** How long keys are used without a new fetch, in milliseconds. A key that the issuer withdraws ends within this time. */
const FRESH_MS = 600_000;
/** How long keys are used while the issuer cannot be reached, in milliseconds. */
const STALE_MS = 3_600_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;
export type ProviderKey = Awaited<ReturnType<RemoteKeys>>;

/** The signing keys of one issuer (RFC 7517), fetched when a token names an unknown key. */
export class ProviderKeys {
  readonly #keys: RemoteKeys;
  #seenAt = 0;

  constructor(readonly url: URL) {
    this.#keys = createRemoteJWKSet(url, {
      timeoutDuration: AUTH_TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: FRESH_MS,
    });
  }

  /** The key that a token names. Throws jose's `JWKSNoMatchingKey` if there is none, `auth_unavailable` if that cannot be determined. */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput, turn: Turn): Promise<ProviderKey> {
    const known = this.#keys.fresh ? await this.known(header, token) : undefined;
    // tokens with unknown keys must not delay tokens with known keys, so only unknown keys take a turn
    return known ?? turn(() => this.fetch(header, token));
  }

  private async known(
    header: JWTHeaderParameters,
    token: FlattenedJWSInput,
  ): Promise<ProviderKey | undefined> {
    const keys = this.#keys.jwks();
    if (!keys) return undefined;
    try {
      const key = await createLocalJWKSet(keys)(header, token);
      this.#seenAt = Date.now();
      return key;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  private async fetch(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<ProviderKey> {
    try {
      const key = await this.ask(header, token);
      this.#seenAt = Date.now();
      return key;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      const known = this.#keys.jwks();
      if (!known || Date.now() - this.#seenAt > STALE_MS)
        throw authUnavailable('The OIDC issuer does not return its keys');
      return await createLocalJWKSet(known)(header, token).catch(() => {
        throw authUnavailable('The OIDC issuer does not return its keys');
      });
    }
  }

  private async ask(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<ProviderKey> {
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#keys.coolingDown) throw error;
      // the issuer may have started to use this key since the fetch a moment ago
      await sleep(COOLDOWN_MS);
      return this.#keys(header, token);
    }
  }
}
