import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { AuthHttp, authUnavailable } from '../auth-http.js';

/** Whose token it is, as the hub says (JupyterHub REST API, `GET /user`). */
export interface HubIdentity {
  name: string;
  kind: 'user' | 'service';
  /** What the token may do at the hub, expanded; undefined for a hub older than 3, which does not say, and nothing where it says it in another form. */
  scopes: string[] | undefined;
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

  /** Whose token it is; undefined when the hub does not know it. Throws `auth_unavailable` when it cannot say. */
  async identify(token: string): Promise<HubIdentity | undefined> {
    const answer = await this.http.get('/user', `token ${token}`);
    // 403 is what a hub answers to an unknown token; 401 and 404 come from older ones, 400 to an unusable header
    if ([400, 401, 403, 404].includes(answer.status)) return undefined;
    if (answer.status !== 200) throw authUnavailable('JupyterHub does not answer as it should');
    const { name, kind, scopes } = this.http.fieldsOf(answer);
    if (typeof name !== 'string' || (kind !== undefined && kind !== 'user' && kind !== 'service'))
      throw this.http.unreadable();
    return { name, kind: kind ?? 'user', scopes: textsIn(scopes) };
  }

  /** The version of the hub at the configured address. Throws `auth_unavailable`. */
  async ping(): Promise<string> {
    const answer = await this.http.get('/');
    const { version } = this.http.fieldsOf(answer);
    if (answer.status !== 200 || typeof version !== 'string')
      throw authUnavailable('Something else than a hub answers at JUPYTERHUB_API_URL');
    return version;
  }

  private get http(): AuthHttp {
    if (!this.#http) throw authUnavailable('No JupyterHub is configured');
    return this.#http;
  }
}

function textsIn(scopes: unknown): string[] | undefined {
  if (scopes === undefined) return undefined;
  return Array.isArray(scopes) ? scopes.filter((each) => typeof each === 'string') : [];
}
