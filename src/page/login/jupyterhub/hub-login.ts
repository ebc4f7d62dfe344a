import { Injectable } from '@nestjs/common';
import {
  HubClient,
  type HubGrant,
  type HubRefusal,
} from '../../../auth/authenticators/jupyterhub/hub.client.js';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import type { LoginSecrets } from '../../sessions/login-secrets.js';
import type { BegunLogin } from '../begun-login.js';

export const HUB_CALLBACK = '/ui/login/jupyterhub/callback';

/**
 * Log-in at the hub, which is an OAuth provider for its services: code flow by a confidential client, with state and PKCE. Hubs that
 * do not know PKCE pass over its challenge.
 */
@Injectable()
export class HubLogin {
  constructor(
    private readonly config: AppConfig,
    private readonly hub: HubClient,
  ) {}

  get isOffered(): boolean {
    return this.config.jupyterhub?.client !== undefined && this.config.page?.url !== undefined;
  }

  /** Where the login leads the browser. A hub cannot be told to ask for the password again, so a second login is as the first. */
  addressOf(login: BegunLogin): Promise<URL> {
    const { id = '', publicUrl = '' } = this.config.jupyterhub?.client ?? {};
    const url = new URL(`${publicUrl}/hub/api/oauth2/authorize`);
    url.search = new URLSearchParams({
      client_id: id,
      redirect_uri: this.redirectUri,
      response_type: 'code',
      state: login.state,
      code_challenge: login.codeChallenge,
      code_challenge_method: 'S256',
    }).toString();
    return Promise.resolve(url);
  }

  /**
   * The token of a login whose answer came to `address`. A hub does not tell when the person logged in there, so this moment counts. Throws
   * `unauthenticated` for an answer that is not valid, or not of this login.
   */
  async complete(login: BegunLogin, address: string): Promise<{ secrets: LoginSecrets; loggedInAt: number }> {
    const { searchParams } = new URL(address, this.config.page?.url);
    const [code, ...more] = searchParams.getAll('code');
    if (searchParams.has('error') || !code || more.length > 0) throw refused();
    const now = Date.now();
    const grant = await this.exchange(code, login.codeVerifier);
    if ('refused' in grant) throw refused();
    const { token, lastsSeconds } = grant;
    const endsAt = lastsSeconds === undefined ? {} : { endsAt: now + lastsSeconds * 1000 };
    return { secrets: { token, ...endsAt }, loggedInAt: now };
  }

  /** The hub's error for a code that nobody has: `invalid_grant` if it knows the client. Throws `auth_unavailable`. */
  async probe(): Promise<string> {
    const grant = await this.exchange('none', 'none'.repeat(11));
    return 'refused' in grant ? grant.refused : '';
  }

  private exchange(code: string, verifier: string): Promise<HubGrant | HubRefusal> {
    const { id = '', secret } = this.config.jupyterhub?.client ?? {};
    return this.hub.grant({
      grant_type: 'authorization_code',
      client_id: id,
      client_secret: secret?.reveal() ?? '',
      redirect_uri: this.redirectUri,
      code,
      code_verifier: verifier,
    });
  }

  /** Where the hub must lead people back. */
  get redirectUri(): string {
    return `${this.config.page?.url ?? ''}${HUB_CALLBACK}`;
  }
}

function refused(): Problem {
  return new Problem('unauthenticated', 'JupyterHub refused the login');
}
