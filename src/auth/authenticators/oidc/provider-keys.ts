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

/** A key id that is not known asks the issuer anew, at most this often, in milliseconds. */
const COOLDOWN_MS = 1000;
/** How long keys are used without asking again, in milliseconds: one that the issuer withdraws ends within it. */
const FRESH_MS = 600_000;
/** How long keys are used while the issuer cannot be asked, in milliseconds. */
const STALE_MS = 3_600_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;
export type ProviderKey = Awaited<ReturnType<RemoteKeys>>;

/** The signing keys of one issuer (RFC 7517), asked for when a token names one that is not known. */
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

  /** The key that a token names. Throws jose's `JWKSNoMatchingKey` when there is none, `auth_unavailable` when that cannot be said. */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput, turn: Turn): Promise<ProviderKey> {
    const known = this.#keys.fresh ? await this.known(header, token) : undefined;
    // who sends tokens of unknown keys holds up those of known ones by no turn
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
        throw authUnavailable('The OIDC issuer does not give its keys');
      return await createLocalJWKSet(known)(header, token).catch(() => {
        throw authUnavailable('The OIDC issuer does not give its keys');
      });
    }
  }

  private async ask(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<ProviderKey> {
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#keys.coolingDown) throw error;
      // the issuer may have begun to sign with this key since it was asked a moment ago
      await sleep(COOLDOWN_MS);
      return this.#keys(header, token);
    }
  }
}
