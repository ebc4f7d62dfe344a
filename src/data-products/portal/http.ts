import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { type Secret } from '../../common/secret.js';
import { PortalError, unreadable } from './portal-error.js';

export interface PortalOptions {
  /** Where the portal is, without `/api`. */
  baseUrl: string;
  /** The portal's static API key, or a token of its identity provider (a JWT, or anything after `Bearer `). */
  key?: Secret;
  /** Milliseconds that one call may take, answer and all; 5,000 unless told. */
  timeoutMs?: number;
}

export interface PortalAnswer {
  status: number;
  /** Parsed JSON; a text when it was none. */
  data: unknown;
  /** The portal wants the path with the other ending: with a slash, or without. */
  redirected?: boolean;
}

export interface PortalCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base, already encoded. */
  path: string;
  /** What is tried, for the error: "reading a data product". */
  doing: string;
  body?: object;
}

const TIMEOUT_MS = 5000;
/** A list of all data products: about a kilobyte each. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

/** Carries calls to one portal, with its key and to nobody else. */
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

  /** The portal's answer, whatever its status. Throws {@link PortalError} when there is none. */
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
    // a time-out of axios is one of silence: an answer that drips in would last for ever
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await this.#http.request({ method, url, signal, ...(body && { data: body }) });
    } catch (error) {
      if (axios.isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE') throw unreadable(doing);
      // errors of axios carry the request with its key: nothing of them goes on
      const why = signal.aborted ? `did not answer within ${this.#timeoutMs} ms` : 'does not answer';
      throw new PortalError(`The portal ${why} (${doing})`, true);
    }
  }

  /**
   * The portal redirects between a path with and without final slash, which one differs by version. Only that is followed, and on the
   * address that is configured: the one in the answer may name another host or scheme, which is not to be told the key.
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
