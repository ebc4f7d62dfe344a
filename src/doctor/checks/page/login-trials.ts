import { Injectable } from '@nestjs/common';
import { AuthHttp } from '../../../auth/authenticators/auth-http.js';
import { isLoopback } from '../../../common/http/loopback.js';
import { AppConfig } from '../../../config/app-config.js';
import { BegunLogin } from '../../../page/login/begun-login.js';
import { HubLogin } from '../../../page/login/jupyterhub/hub-login.js';
import { OidcLogin } from '../../../page/login/oidc/oidc-login.js';

/** What a server says to a client that it knows, which shows a code that nobody has. */
const KNOWN = 'invalid_grant';
/** What an issuer says to a browser in which nobody is logged in and that must not be asked (OpenID Connect Core, 3.1.2.6). */
const NOBODY = ['login_required', 'interaction_required', 'account_selection_required', 'consent_required'];

/** What keeps people from logging in at the page. */
export interface Trouble {
  detail: string;
  remedy: string;
}

/** Tries the ways to log in elsewhere as far as that works without a person. */
@Injectable()
export class LoginTrials {
  constructor(
    private readonly config: AppConfig,
    private readonly oidc: OidcLogin,
    private readonly hub: HubLogin,
  ) {}

  /** Undefined if all is well as far as it can be seen. Throws `auth_unavailable`. */
  async oidcTrouble(): Promise<Trouble | undefined> {
    if (!this.oidc.isOffered) return undefined;
    const error = await this.oidc.probe();
    if (error !== KNOWN)
      return unknownClient('The OIDC issuer', error, 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET');
    const address = await this.oidc.addressOf(BegunLogin.begin('oidc', '/ui/'), false);
    address.searchParams.set('prompt', 'none');
    const { status, headers } = await new AuthHttp(address.origin, 'The OIDC issuer').get(
      `${address.pathname}${address.search}`,
      undefined,
      'text/html',
    );
    const led = URL.parse(String(headers['location'] ?? ''));
    if (
      status < 300 ||
      status > 399 ||
      led === null ||
      `${led.origin}${led.pathname}` !== this.oidc.redirectUri
    )
      return {
        detail: `The OIDC issuer does not lead people back to ${this.oidc.redirectUri}`,
        remedy: 'Register exactly this redirect address at the client of OIDC_CLIENT_ID',
      };
    const said = led.searchParams.get('error') ?? '';
    if (NOBODY.includes(said)) return undefined;
    return {
      detail: `The OIDC issuer refuses the login: ${said.slice(0, 100)}`,
      remedy: 'Allow the code flow with PKCE at the client of OIDC_CLIENT_ID',
    };
  }

  /** Undefined if all is well as far as it can be seen: not whether the hub leads back to the page. Throws `auth_unavailable`. */
  async hubTrouble(): Promise<Trouble | undefined> {
    const { client } = this.config.jupyterhub ?? {};
    const pageHost = URL.parse(this.config.page?.url ?? '')?.hostname ?? '';
    if (!client || !this.hub.isOffered) return undefined;
    // cookies know no ports, so what is served at another port of the host gets that of a session
    if (URL.parse(client.publicUrl)?.hostname === pageHost && !isLoopback(pageHost))
      return {
        detail: `The page and the hub are both at ${pageHost}: a server of anybody at the hub can act for who is logged in at the page`,
        remedy: 'Give the page a host of its own (PAGE_URL)',
      };
    const error = await this.hub.probe();
    if (error === KNOWN) return undefined;
    return unknownClient('JupyterHub', error, 'JUPYTERHUB_CLIENT_ID', 'JUPYTERHUB_CLIENT_SECRET');
  }
}

function unknownClient(server: string, error: string, id: string, secret: string): Trouble {
  return {
    detail: `${server} refuses the client of the page (${error.slice(0, 100) || 'no reason given'})`,
    remedy: `Check ${id} and ${secret}: they must be those of the client that is registered there`,
  };
}
