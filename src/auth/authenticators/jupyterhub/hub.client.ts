import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { AuthHttp, authUnavailable } from '../auth-http.js';

/** The holder of a token, according to the hub (JupyterHub REST API, `GET /user`). */
export interface HubIdentity {
  name: string;
  kind: 'user' | 'service';
  /** The token's scopes at the hub, expanded. Undefined for hubs older than 3, which do not list them; empty if the form is unknown. */
  scopes: string[] | undefined;
  /** The user's groups at the hub. Undefined if the token may not read them. */
  groups: string[] | undefined;
}

/** A token of the hub's OAuth. */
export interface HubGrant {
  token: string;
  /** How long it is valid, unless it is ended before. Undefined if the hub does not say. */
  lastsSeconds: number | undefined;
}

/** `refused`: the code of OAuth, such as `invalid_grant`; empty if the hub gives none. */
export interface HubRefusal {
  refused: string;
}

/** The REST API of the JupyterHub at JUPYTERHUB_API_URL. */
@Injectable()
export class HubClient {
  readonly #http: AuthHttp | undefined;

  constructor(config: AppConfig) {
    if (config.jupyterhub) this.#http = new AuthHttp(config.jupyterhub.url, 'JupyterHub');
  }

  get configured(): boolean {
    return this.#http !== undefined;
  }

  /** The holder of the token; undefined if the hub does not know it. Throws `auth_unavailable` if the hub cannot tell. */
  async identify(token: string): Promise<HubIdentity | undefined> {
    const answer = await this.http.get('/user', `token ${token}`);
    // a hub answers 403 for an unknown token; older hubs send 401 or 404, and an unusable header gives 400
    if ([400, 401, 403, 404].includes(answer.status)) return undefined;
    if (answer.status !== 200) throw authUnavailable('JupyterHub sent an unexpected response');
    const { name, kind, scopes, groups } = this.http.fieldsOf(answer);
    if (typeof name !== 'string' || (kind !== undefined && kind !== 'user' && kind !== 'service'))
      throw this.http.unreadable();
    return { name, kind: kind ?? 'user', scopes: textsIn(scopes), groups: listOfTexts(groups) };
  }

  /** What the hub's OAuth gives to a client that asks with `form`. Throws `auth_unavailable` if the hub cannot tell. */
  async grant(form: Record<string, string>): Promise<HubGrant | HubRefusal> {
    const answer = await this.http.post('/oauth2/token', form);
    const { access_token: token, expires_in: seconds, error } = this.http.fieldsOf(answer);
    if ([400, 401, 403].includes(answer.status)) return { refused: typeof error === 'string' ? error : '' };
    if (answer.status !== 200) throw authUnavailable('JupyterHub sent an unexpected response');
    if (typeof token !== 'string' || token === '') throw this.http.unreadable();
    return { token, lastsSeconds: typeof seconds === 'number' ? seconds : undefined };
  }

  /** The version of the hub at the configured address. Throws `auth_unavailable`. */
  async ping(): Promise<string> {
    const answer = await this.http.get('/');
    const { version } = this.http.fieldsOf(answer);
    if (answer.status !== 200 || typeof version !== 'string')
      throw authUnavailable('The server at JUPYTERHUB_API_URL is not a JupyterHub');
    return version;
  }

  private get http(): AuthHttp {
    if (!this.#http) throw authUnavailable('No JupyterHub is configured');
    return this.#http;
  }
}

function listOfTexts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}

function textsIn(scopes: unknown): string[] | undefined {
  if (scopes === undefined) return undefined;
  return Array.isArray(scopes) ? scopes.filter((each) => typeof each === 'string') : [];
}
