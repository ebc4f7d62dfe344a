import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { Problem } from '../../common/problems/problem.js';
import { withoutStaleConnection } from '../../common/http/stale-connection.js';

/** Timeout of one call to an auth service, in milliseconds. Two calls must fit into five seconds. */
export const AUTH_TIMEOUT_MS = 4000;
/** Maximum connections: two for each turn, because some services need two calls for one token. */
const MAX_SOCKETS = 64;
const MAX_ANSWER_BYTES = 256 * 1024;

/** A request, given the options of its connection. */
export type AuthCall = Parameters<typeof withoutStaleConnection<AxiosResponse<unknown>>>[0];

/** Requests to one service that validates tokens or knows their holders. Redirects are not followed, so that no token reaches another host. */
export class AuthHttp {
  readonly #http: AxiosInstance;

  /** `service` is its name in error messages. */
  constructor(
    baseURL: string,
    protected readonly service: string,
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

  /** The response, whatever its status. Throws `auth_unavailable` if there is none. */
  async get(path: string, authorization?: string, accept?: string): Promise<AxiosResponse<unknown>> {
    const headers = { ...(authorization ? { authorization } : {}), ...(accept ? { accept } : {}) };
    return this.answer((options) => this.#http.get(path, { headers, ...options }));
  }

  /** The same for a form that is posted. */
  async post(path: string, form: Record<string, string>): Promise<AxiosResponse<unknown>> {
    return this.answer((options) => this.#http.post(path, new URLSearchParams(form), options));
  }

  protected async answer(call: AuthCall): Promise<AxiosResponse<unknown>> {
    try {
      return await withoutStaleConnection(call);
    } catch {
      // axios errors contain the request with its token, so do not pass them on
      throw authUnavailable(`${this.service} does not answer`);
    }
  }

  /** The fields of a response. Throws `auth_unavailable` if it is not a JSON object. */
  fieldsOf(answer: AxiosResponse<unknown>): Record<string, unknown> {
    if (typeof answer.data === 'object' && answer.data !== null)
      return answer.data as Record<string, unknown>;
    throw this.unreadable();
  }

  unreadable(): Problem {
    return authUnavailable(`${this.service} sent an unreadable response`);
  }
}

/** 503: the service cannot tell now whether the token is valid. */
export function authUnavailable(detail: string): Problem {
  return new Problem('auth_unavailable', detail, { retryAfterSeconds: 5 });
}

export function isAuthUnavailable(error: unknown): error is Problem {
  return error instanceof Problem && error.code === 'auth_unavailable';
}
