import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { AuthHttp, authUnavailable } from '../auth-http.js';

/** What scripts/kbase-auth-stub.mjs says: SHA-1 of `stub`. */
const STAND_IN = createHash('sha1').update('stub').digest('hex');

/** What the KBase auth service knows about a token (auth2, GET /api/V2/token and /api/V2/me). */
export interface KBaseIdentity {
  user: string;
  /** Ids of built-in and custom roles. */
  roles: string[];
  /** Ids of custom roles alone; undefined if the answer has none of the form. */
  customRoles: string[] | undefined;
  /** When the token ends, in milliseconds since 1970. */
  expires: number;
  /** How long this answer may be cached, in milliseconds. */
  cachefor: number;
}

/** The KBase auth service. It expects the raw token without `Bearer`, and answers HTML unless asked for JSON. */
@Injectable()
export class KBaseClient {
  readonly #http: AuthHttp | undefined;

  constructor(config: AppConfig) {
    if (config.kbase) this.#http = new AuthHttp(config.kbase.url, 'The authentication service');
  }

  get configured(): boolean {
    return this.#http !== undefined;
  }

  /** The holder of the token; undefined if the service refuses it. Throws `auth_unavailable` if the service cannot tell. */
  async identify(token: string): Promise<KBaseIdentity | undefined> {
    const [info, me] = await Promise.all([this.get('/api/V2/token', token), this.get('/api/V2/me', token)]);
    if (info === undefined || me === undefined) return undefined;
    const { user, expires, cachefor } = info;
    if (
      typeof user !== 'string' ||
      typeof expires !== 'number' ||
      typeof cachefor !== 'number' ||
      me['user'] !== user
    ) {
      throw this.http.unreadable();
    }
    const { customroles, roles: builtIn } = me;
    const roles = [...namesOf(customroles), ...namesOf(builtIn)];
    const customRoles = Array.isArray(customroles) ? namesOf(customroles) : undefined;
    return { user, expires, cachefor, roles, customRoles };
  }

  /** The version of the KBase auth service at the configured address. Throws `auth_unavailable`. */
  async ping(): Promise<string> {
    const { servicename, version } = this.http.fieldsOf(await this.http.get('/'));
    if (servicename !== 'Authentication Service')
      throw authUnavailable('Another service answers at KBASE_AUTH_URL');
    return String(version);
  }

  /** Whether it is the stand-in of the demo and the tests, which says so in the hash of its sources. Throws `auth_unavailable`. */
  async isStandIn(): Promise<boolean> {
    return this.http.fieldsOf(await this.http.get('/'))['gitcommithash'] === STAND_IN;
  }

  private async get(path: string, token: string): Promise<Record<string, unknown> | undefined> {
    const answer = await this.http.get(path, token);
    if (answer.status === 200) return this.http.fieldsOf(answer);
    // 401 invalid or expired, 403 account disabled, 400 no usable token in the header
    if ([400, 401, 403].includes(answer.status)) return undefined;
    throw authUnavailable('The authentication service sent an unexpected response');
  }

  private get http(): AuthHttp {
    if (!this.#http) throw authUnavailable('No authentication service is configured');
    return this.#http;
  }
}

/** Custom roles are ids; built-in roles are `{id, desc}`. */
function namesOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    const id = typeof each === 'object' && each !== null ? (each as { id?: unknown }).id : each;
    return typeof id === 'string' ? [id] : [];
  });
}
