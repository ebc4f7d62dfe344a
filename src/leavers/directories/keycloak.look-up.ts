import { authUnavailable } from '../../auth/authenticators/auth-http.js';
import type { AppConfig } from '../../config/app-config.js';
import { DirectoryHttp } from './directory-http.js';
import type { LookUp, Verdict } from './look-up.js';

const SERVICE = 'Keycloak';
const CREDENTIAL = 'OIDC_LOOKUP_CLIENT_ID';
const PAGE = 200;

type Oidc = NonNullable<AppConfig['oidc']>;

/** A user in Keycloak's list. */
interface ListedUser {
  id?: unknown;
  username?: unknown;
  email?: unknown;
  emailVerified?: unknown;
  enabled?: unknown;
}

/** The users of a Keycloak realm, by its admin API and a client whose service account has the role `view-users` of `realm-management`. */
export class KeycloakLookUp implements LookUp {
  readonly directory = 'oidc';
  readonly #issuer: DirectoryHttp;
  readonly #admin: DirectoryHttp;

  constructor(
    private readonly oidc: Oidc,
    private readonly client: NonNullable<Oidc['lookUp']>,
  ) {
    this.#issuer = new DirectoryHttp(oidc.issuer.replace(/\/$/, ''), SERVICE, CREDENTIAL);
    this.#admin = new DirectoryHttp(client.adminUrl, SERVICE, CREDENTIAL);
  }

  async verdictsOn(names: readonly string[]): Promise<Map<string, Verdict>> {
    const users = await this.all();
    return new Map(names.map((name) => [name, users.get(name) ?? 'absent']));
  }

  /** All users of the realm by their names here. */
  private async all(): Promise<Map<string, Verdict>> {
    const token = await this.token();
    const count = await this.read(token, '/users/count');
    if (typeof count !== 'number') throw this.#admin.unreadable();
    const users = new Map<string, Verdict>();
    let listed = 0;
    for (let first = 0; ; first += PAGE) {
      const page = await this.read(token, `/users?briefRepresentation=true&first=${first}&max=${PAGE}`);
      if (!Array.isArray(page)) throw this.#admin.unreadable();
      for (const each of page as ListedUser[]) this.add(each, users);
      listed += page.length;
      if (page.length < PAGE) break;
    }
    // also when somebody was removed meanwhile: the next round reads all again
    if (listed < count) throw authUnavailable(`${SERVICE} listed ${listed} of ${count} users`);
    return users;
  }

  private add(user: ListedUser, users: Map<string, Verdict>): void {
    const { userClaim, userPrefix } = this.oidc;
    const { id, username, email, emailVerified, enabled } = user;
    const value =
      userClaim === 'sub' ? id : userClaim === 'email' ? emailVerified === true && email : username;
    if (typeof enabled !== 'boolean') throw this.#admin.unreadable();
    if (typeof value === 'string') users.set(`${userPrefix}${value}`, enabled ? 'present' : 'disabled');
  }

  private async token(): Promise<string> {
    const { clientId, clientSecret } = this.client;
    const answer = await this.#issuer.post('/protocol/openid-connect/token', {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret.reveal(),
    });
    const { access_token: token } = this.#issuer.fieldsOf(answer);
    if (typeof token !== 'string') throw this.#issuer.unreadable();
    return token;
  }

  private async read(token: string, path: string): Promise<unknown> {
    return (await this.#admin.get(path, `Bearer ${token}`)).data;
  }
}
