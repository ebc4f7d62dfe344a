import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { type Secret } from '../../common/secret.js';
import { withoutStaleConnection } from '../../common/http/stale-connection.js';
import { PortalError, unreadable } from './portal-error.js';

export interface PortalOptions {
  /** The portal's base URL, without `/api`. */
  baseUrl: string;
  /** The portal's static API key, or a token of its identity provider (a JWT, or anything after `Bearer `). */
  key?: Secret;
  /** The time limit of one call, including the answer, in milliseconds; 5,000 by default. */
  timeoutMs?: number;
}

export interface PortalAnswer {
  status: number;
  /** Parsed JSON; a string if the answer is not JSON. */
  data: unknown;
  /** The portal redirected to the same path with, or without, a final slash. */
  redirected?: boolean;
}

export interface PortalCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to the base URL, already encoded. */
  path: string;
  /** The current operation, for the error message: "reading a data product". */
  doing: string;
  body?: object;
}

const TIMEOUT_MS = 5000;
/** Enough for a list of all data products, at about a kilobyte each. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

/** Sends calls to one portal. The key is sent to no other host. */
export class PortalHttp {
  readonly #http: AxiosInstance;
  readonly #agents: readonly (HttpAgent | HttpsAgent)[];
  readonly #timeoutMs: number;

  constructor({ baseUrl, key, timeoutMs = TIMEOUT_MS }: PortalOptions) {
    const agent = { keepAlive: true, maxSockets: 8 };
    const [httpAgent, httpsAgent] = [new HttpAgent(agent), new HttpsAgent(agent)];
    this.#agents = [httpAgent, httpsAgent];
    this.#timeoutMs = timeoutMs;
    this.#http = axios.create({
      baseURL: baseUrl.replace(/\/+$/, ''),
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      proxy: false,
      httpAgent,
      httpsAgent,
      headers: { accept: 'application/json', ...(key && authentication(key.reveal().trim())) },
      validateStatus: () => true,
    });
  }

  /** The portal's answer, with any status. Throws {@link PortalError} if there is no answer. */
  async call(call: PortalCall): Promise<PortalAnswer> {
    const answer = await this.send(call, call.path);
    if (answer.status !== 307 && answer.status !== 308) return answer;
    const again = await this.send(call, this.otherSlash(call, answer));
    if (again.status >= 300 && again.status <= 399) throw unreadable(call.doing, again.status);
    return { status: again.status, data: again.data, redirected: true };
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  private async send({ method, doing, body }: PortalCall, url: string): Promise<AxiosResponse<unknown>> {
    // an axios timeout only limits silence: a slow, steady answer would last forever
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const request = { method, url, signal, ...(body && { data: body }) };
      if (method !== 'GET') return await this.#http.request(request);
      return await withoutStaleConnection((options) => this.#http.request({ ...request, ...options }));
    } catch (error) {
      if (axios.isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE') throw unreadable(doing);
      // axios errors contain the request with its key, so they are not passed on
      const why = signal.aborted ? `did not answer within ${this.#timeoutMs} ms` : 'does not answer';
      throw new PortalError(`The portal ${why} (${doing})`, true);
    }
  }

  /**
   * The portal redirects between a path with and without a final slash; the canonical form depends on the version. Only this redirect is
   * followed, and only at the configured address: the `Location` may name another host or scheme, which must not receive the key.
   */
  private otherSlash({ path, doing }: PortalCall, { status, headers }: AxiosResponse): string {
    const location: unknown = (headers as Record<string, unknown>)['location'];
    const [plain = '', query] = path.split('?');
    const other = plain.endsWith('/') ? plain.slice(0, -1) : `${plain}/`;
    const target = typeof location === 'string' ? URL.parse(location, 'http://portal') : null;
    if (!target?.pathname.endsWith(other)) throw unreadable(doing, status);
    return query === undefined ? other : `${other}?${query}`;
  }
}

function authentication(key: string): Record<string, string> {
  if (/^bearer /i.test(key)) return { authorization: `Bearer ${key.slice('bearer '.length).trim()}` };
  return JWT.test(key) ? { authorization: `Bearer ${key}` } : { 'x-key': key };
}
