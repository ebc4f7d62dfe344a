import { Injectable } from '@nestjs/common';
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import { authUnavailable } from '../../../auth/authenticators/auth-http.js';
import { FRESH_MS } from '../../../auth/sessions/step-up.js';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import type { LoginSecrets } from '../../sessions/login-secrets.js';
import type { BegunLogin } from '../begun-login.js';

const TIMEOUT_SECONDS = 4;
export const OIDC_CALLBACK = '/ui/login/oidc/callback';

type Answer = TokenEndpointResponse & TokenEndpointResponseHelpers;

/**
 * Log-in at the OIDC issuer: code flow with PKCE, state and nonce, by a confidential client. The library is loaded at the first use: most
 * services have no such login, and their start and memory stay as they are.
 */
@Injectable()
export class OidcLogin {
  #configuration: Promise<Configuration> | undefined;

  constructor(private readonly config: AppConfig) {}

  get isOffered(): boolean {
    return this.config.oidc?.client !== undefined && this.config.page?.url !== undefined;
  }

  /** Where the login leads the browser. `again`: the issuer asks for the password, whoever is logged in there. */
  async addressOf(login: BegunLogin, again: boolean): Promise<URL> {
    const { buildAuthorizationUrl } = await import('openid-client');
    const configuration = await this.configuration();
    return buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri,
      scope: 'openid',
      state: login.state,
      nonce: login.nonce,
      code_challenge: login.codeChallenge,
      code_challenge_method: 'S256',
      // with it, the answer must say when the person logged in there
      max_age: String(this.maxAge(again)),
      ...(again ? { prompt: 'login' } : {}),
    });
  }

  /** The tokens of a login whose answer came to `address`. Throws `unauthenticated` for an answer that is not valid, or not of this login. */
  async complete(login: BegunLogin, address: string): Promise<{ secrets: LoginSecrets; loggedInAt: number }> {
    const { authorizationCodeGrant } = await import('openid-client');
    const configuration = await this.configuration();
    const checks = {
      expectedState: login.state,
      expectedNonce: login.nonce,
      pkceCodeVerifier: login.codeVerifier,
      idTokenExpected: true,
      maxAge: this.maxAge(false),
    };
    const url = new URL(address, this.config.page?.url);
    const answer = await authorizationCodeGrant(configuration, url, checks).catch(refused);
    const { auth_time: seconds } = answer.claims() ?? {};
    if (typeof seconds !== 'number')
      throw new Problem('unauthenticated', 'The issuer does not say when the person logged in');
    return { secrets: secretsOf(answer), loggedInAt: seconds * 1000 };
  }

  /** The next tokens of a session; undefined if the issuer refuses. Throws `auth_unavailable`. */
  async renew({ refresh = '', idToken }: LoginSecrets): Promise<LoginSecrets | undefined> {
    const { refreshTokenGrant, ResponseBodyError } = await import('openid-client');
    try {
      const answer = await refreshTokenGrant(await this.configuration(), refresh);
      return { ...(idToken === undefined ? {} : { idToken }), refresh, ...secretsOf(answer) };
    } catch (error) {
      if (error instanceof ResponseBodyError && error.status < 500) return undefined;
      throw unavailable();
    }
  }

  /** Where the browser ends the session at the issuer; null if the issuer has no such address. */
  async endAddress({ idToken }: LoginSecrets): Promise<string | null> {
    const { buildEndSessionUrl } = await import('openid-client');
    const configuration = await this.configuration().catch(() => undefined);
    if (!configuration?.serverMetadata().end_session_endpoint) return null;
    return buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: `${this.config.page?.url ?? ''}/ui/`,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    }).href;
  }

  /** The issuer's error for a code that nobody has: `invalid_grant` if it knows the client. Throws `auth_unavailable`. */
  async probe(): Promise<string> {
    const { authorizationCodeGrant, ResponseBodyError, WWWAuthenticateChallengeError } =
      await import('openid-client');
    const configuration = await this.configuration();
    const url = new URL(this.redirectUri);
    url.search = new URLSearchParams({ code: 'none', iss: configuration.serverMetadata().issuer }).toString();
    try {
      await authorizationCodeGrant(configuration, url, { pkceCodeVerifier: 'none'.repeat(11) });
      return '';
    } catch (error) {
      if (error instanceof ResponseBodyError && error.status < 500) return error.error;
      if (error instanceof WWWAuthenticateChallengeError) return 'invalid_client';
      throw unavailable();
    }
  }

  /** Where the issuer must lead people back. */
  get redirectUri(): string {
    return `${this.config.page?.url ?? ''}${OIDC_CALLBACK}`;
  }

  /** In seconds: a login at the issuer that is older than a session may be is asked for again. */
  private maxAge(again: boolean): number {
    return again ? FRESH_MS / 1000 : (this.config.page?.sessionHours ?? 0) * 3600;
  }

  private configuration(): Promise<Configuration> {
    this.#configuration ??= this.discover().catch(() => {
      this.#configuration = undefined;
      throw unavailable();
    });
    return this.#configuration;
  }

  private async discover(): Promise<Configuration> {
    const { client, issuer = '' } = this.config.oidc ?? {};
    if (!client) throw unavailable();
    const { allowInsecureRequests, ClientSecretBasic, discovery, enableNonRepudiationChecks } =
      await import('openid-client');
    // the signature of ID tokens is checked, too; http only if the issuer itself is configured so
    const execute = [
      enableNonRepudiationChecks,
      ...(issuer.startsWith('http:') ? [allowInsecureRequests] : []),
    ];
    const authentication = ClientSecretBasic(client.secret.reveal());
    const options = { execute, timeout: TIMEOUT_SECONDS };
    return discovery(new URL(issuer), client.id, undefined, authentication, options);
  }
}

function secretsOf({ access_token: token, refresh_token: refresh, id_token: idToken }: Answer): LoginSecrets {
  return {
    token,
    ...(refresh === undefined ? {} : { refresh }),
    ...(idToken === undefined ? {} : { idToken }),
  };
}

/** The errors of the library can hold tokens and claims, so they are not passed on. */
async function refused(error: unknown): Promise<never> {
  const { AuthorizationResponseError, ClientError, ResponseBodyError } = await import('openid-client');
  const isRefusal =
    error instanceof AuthorizationResponseError || (error instanceof ResponseBodyError && error.status < 500);
  if (isRefusal) throw new Problem('unauthenticated', 'The issuer refused the login');
  if (error instanceof ClientError && !['OAUTH_TIMEOUT', 'OAUTH_ABORT'].includes(error.code ?? ''))
    throw new Problem('unauthenticated', 'The answer of the issuer is not valid for this login');
  throw unavailable();
}

function unavailable(): Problem {
  return authUnavailable('The OIDC issuer does not answer');
}
