import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { Problem } from '../../common/problems/problem.js';

/** How long an auth service may take for one answer, in milliseconds: two calls must fit into five seconds. */
export const AUTH_TIMEOUT_MS = 4000;
/** Connections at once: two for each turn, since some services are asked two things about a token. */
const MAX_SOCKETS = 64;
const MAX_ANSWER_BYTES = 256 * 1024;

/** GET requests to one service that knows tokens. Redirects are not followed: a token must not travel on. */
export class AuthHttp {
  readonly #http: AxiosInstance;

  /** `service` is how error messages call it. */
  constructor(
    baseURL: string,
    private readonly service: string,
  ) {
    const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.#http = axios.create({
      baseURL,
      timeout: AUTH_TIMEOUT_MS,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      proxy: false,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      headers: { accept: 'application/json' },
      validateStatus: () => true,
    });
  }

  /** The answer, whatever its status. Throws `auth_unavailable` when there is none. */
  async get(path: string, authorization?: string): Promise<AxiosResponse<unknown>> {
    try {
      return await this.#http.get(path, { headers: authorization === undefined ? {} : { authorization } });
    } catch {
      // axios errors carry the request with its token: nothing of them goes on
      throw authUnavailable(`${this.service} does not answer`);
    }
  }

  /** The fields of an answer. Throws `auth_unavailable` for one that is no JSON object. */
  fieldsOf(answer: AxiosResponse<unknown>): Record<string, unknown> {
    if (typeof answer.data === 'object' && answer.data !== null)
      return answer.data as Record<string, unknown>;
    throw this.unreadable();
  }

  unreadable(): Problem {
    return authUnavailable(`${this.service} gave an answer that cannot be read`);
  }
}

/** 503: whether the token is valid cannot be said now. */
export function authUnavailable(detail: string): Problem {
  return new Problem('auth_unavailable', detail, { retryAfterSeconds: 5 });
}

export function isAuthUnavailable(error: unknown): error is Problem {
  return error instanceof Problem && error.code === 'auth_unavailable';
}
