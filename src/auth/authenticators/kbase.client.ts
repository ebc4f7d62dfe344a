import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Injectable } from '@nestjs/common';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';

/** How long the auth service may take for one answer, in milliseconds: two calls must fit into five seconds. */
const TIMEOUT_MS = 4000;
/** Calls under way at once; the next ones are refused, so that a storm of new tokens cannot pile up here. */
const MAX_CALLS = 200;
const MAX_ANSWER_BYTES = 256 * 1024;

/** What the KBase auth service says of a token (auth2, GET /api/V2/token and /api/V2/me). */
export interface KBaseIdentity {
  user: string;
  /** Ids of built-in and custom roles. */
  roles: string[];
  /** When the token ends, in milliseconds since 1970. */
  expires: number;
  /** How long this answer may be kept, in milliseconds. */
  cachefor: number;
}

/** The KBase auth service. It wants the raw token without `Bearer`, and answers HTML unless asked for JSON. */
@Injectable()
export class KBaseClient {
  readonly #http: AxiosInstance | undefined;
  #calls = 0;

  constructor(config: AppConfig) {
    if (!config.kbase) return;
    const agent = { keepAlive: true, maxSockets: 32 };
    this.#http = axios.create({
      baseURL: config.kbase.url,
      timeout: TIMEOUT_MS,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      proxy: false,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      headers: { accept: 'application/json' },
      validateStatus: () => true,
    });
  }

  get configured(): boolean {
    return this.#http !== undefined;
  }

  /** Whose token it is; undefined when the service refuses it. Throws `auth_unavailable` when it cannot say. */
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
      throw unavailable('The authentication service gave an answer that cannot be read');
    }
    return { user, expires, cachefor, roles: [...namesOf(me['customroles']), ...namesOf(me['roles'])] };
  }

  /** Whether a KBase auth service answers at the configured address. Throws `auth_unavailable`. */
  async ping(): Promise<string> {
    const answer = await this.send('/');
    const { servicename, version } = objectOf(answer);
    if (servicename !== 'Authentication Service')
      throw unavailable('Another service answers at KBASE_AUTH_URL');
    return String(version);
  }

  private async get(path: string, token: string): Promise<Record<string, unknown> | undefined> {
    const answer = await this.send(path, token);
    if (answer.status === 200) return objectOf(answer);
    // 401 invalid or expired, 403 account disabled, 400 no usable token in the header
    if ([400, 401, 403].includes(answer.status)) return undefined;
    throw unavailable('The authentication service does not answer as it should');
  }

  private async send(path: string, token?: string): Promise<AxiosResponse<unknown>> {
    if (!this.#http) throw unavailable('No authentication service is configured');
    if (this.#calls >= MAX_CALLS) throw unavailable('Too many tokens are being checked');
    this.#calls++;
    try {
      return await this.#http.get(path, { headers: token === undefined ? {} : { authorization: token } });
    } catch {
      // axios errors carry the request with its token: nothing of them goes on
      throw unavailable('The authentication service does not answer');
    } finally {
      this.#calls--;
    }
  }
}

function unavailable(detail: string): Problem {
  return new Problem('auth_unavailable', detail, { retryAfterSeconds: 5 });
}

function objectOf(answer: AxiosResponse<unknown>): Record<string, unknown> {
  if (typeof answer.data === 'object' && answer.data !== null) return answer.data as Record<string, unknown>;
  throw unavailable('The authentication service gave an answer that cannot be read');
}

/** Roles come as ids (custom ones) or as `{id, desc}` (built-in ones). */
function namesOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    const id = typeof each === 'object' && each !== null ? (each as { id?: unknown }).id : each;
    return typeof id === 'string' ? [id] : [];
  });
}
