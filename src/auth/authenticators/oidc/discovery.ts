import { authUnavailable, AuthHttp } from '../auth-http.js';

/** How long a discovery document is cached, in milliseconds. If it cannot be fetched again, the old one stays in use. */
const KEPT_MS = 3_600_000;
const RETRY_MS = 5000;

/** The issuer's own metadata. */
export interface OidcProvider {
  /** The `iss` claim of its tokens. */
  issuer: string;
  jwksUri: URL;
}

/** Reads `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4). */
export class Discovery {
  readonly #http: AuthHttp;
  #provider: OidcProvider | undefined;
  #until = 0;
  #asking: Promise<OidcProvider> | undefined;

  constructor(private readonly issuer: string) {
    this.#http = new AuthHttp(withoutSlash(issuer), 'The OIDC issuer');
  }

  /** Throws `auth_unavailable`. */
  async provider(): Promise<OidcProvider> {
    if (this.#provider && this.#until > Date.now()) return this.#provider;
    this.#asking ??= this.ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  private async ask(): Promise<OidcProvider> {
    try {
      this.#provider = await this.read();
      this.#until = Date.now() + KEPT_MS;
    } catch (error) {
      if (!this.#provider) throw error;
      this.#until = Date.now() + RETRY_MS;
    }
    return this.#provider;
  }

  private async read(): Promise<OidcProvider> {
    const answer = await this.#http.get('/.well-known/openid-configuration');
    if (answer.status !== 200) throw authUnavailable('The OIDC issuer has no discovery document');
    const { issuer, jwks_uri: jwksUri } = this.#http.fieldsOf(answer);
    if (typeof issuer !== 'string' || typeof jwksUri !== 'string') throw this.#http.unreadable();
    // section 4.3: otherwise another issuer's document could replace this one
    if (withoutSlash(issuer) !== withoutSlash(this.issuer))
      throw authUnavailable('The discovery document at OIDC_ISSUER names another issuer');
    const url = URL.parse(jwksUri);
    const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && issuer.startsWith('http:'));
    if (!url || !secure) throw authUnavailable('The jwks_uri of the OIDC issuer is not an https URL');
    return { issuer, jwksUri: url };
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
