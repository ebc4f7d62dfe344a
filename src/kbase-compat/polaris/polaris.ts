import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { withoutStaleConnection } from '../../common/http/stale-connection.js';
import { AppConfig } from '../../config/app-config.js';
import { KbaseError } from '../errors/kbase-error.js';

/** A client of Polaris, under the names in the answer with credentials. */
export interface PolarisClient {
  polaris_client_id: string;
  polaris_client_secret: string;
}

/** A call on behalf of a caller, with the caller's own token. */
export interface PolarisCall {
  method: 'GET' | 'POST';
  /** Below `/polaris/`, already encoded. */
  path: string;
  authorization: string;
  requestId: string | undefined;
  body?: Buffer | undefined;
  timeoutMs?: number;
}

export interface PolarisAnswer {
  status: number;
  contentType: string;
  body: Buffer;
}

/** The time limit of a forwarded call: KBase's clients wait 30 s. */
const FORWARD_MS = 30_000;
/** The time limit while credentials wait: a notebook server waits 10 s for both. */
const CLIENT_MS = 5000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_SOCKETS = 32;

/** The service that keeps `/polaris/*`. Redirects are not followed, so that no token reaches another host. */
@Injectable()
export class Polaris implements OnApplicationShutdown {
  readonly #agents: readonly [HttpAgent, HttpsAgent];
  readonly #http: AxiosInstance | undefined;
  private readonly logger = new Logger('Polaris');

  constructor({ kbaseCompat }: AppConfig) {
    const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.#agents = [new HttpAgent(agent), new HttpsAgent(agent)];
    const [httpAgent, httpsAgent] = this.#agents;
    const baseURL = kbaseCompat?.polarisUrl;
    this.#http =
      baseURL === undefined
        ? undefined
        : axios.create({
            baseURL: `${baseURL}/polaris/`,
            maxRedirects: 0,
            maxContentLength: MAX_ANSWER_BYTES,
            responseType: 'arraybuffer',
            proxy: false,
            httpAgent,
            httpsAgent,
            validateStatus: () => true,
          });
  }

  get isConfigured(): boolean {
    return this.#http !== undefined;
  }

  onApplicationShutdown(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /** The answer, with any status but a redirect. Throws `polaris_away` if there is none. */
  async forward({
    method,
    path,
    authorization,
    requestId,
    body,
    timeoutMs = FORWARD_MS,
  }: PolarisCall): Promise<PolarisAnswer> {
    const headers = {
      authorization: /^bearer /i.test(authorization) ? authorization : `Bearer ${authorization}`,
      accept: 'application/json',
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
      ...(body?.length ? { 'content-type': 'application/json' } : {}),
    };
    const {
      status,
      headers: given,
      data,
    } = await this.send({ method, url: path, headers, data: body }, timeoutMs);
    if (status >= 300 && status <= 399)
      throw new KbaseError(
        'polaris_odd',
        'The Polaris service answered with a redirect, which is not followed',
      );
    const type: unknown = (given as Record<string, unknown>)['content-type'];
    return { status, contentType: typeof type === 'string' ? type : 'application/octet-stream', body: data };
  }

  /** The user's client in Polaris, made at the first call; nothing if the service does not give one now. */
  async clientOf(
    userName: string,
    { rotate, ...by }: Pick<PolarisCall, 'authorization' | 'requestId'> & { rotate: boolean },
  ): Promise<PolarisClient | undefined> {
    const name = encodeURIComponent(userName);
    const path = rotate ? `credentials/rotate/${name}` : `user_provision/${name}`;
    try {
      const { status, body } = await this.forward({ ...by, method: 'POST', path, timeoutMs: CLIENT_MS });
      const { client_id: id, client_secret: secret } = JSON.parse(body.toString()) as Record<string, unknown>;
      if (status === 200 && typeof id === 'string' && typeof secret === 'string')
        return { polaris_client_id: id, polaris_client_secret: secret };
      this.logger.warn(`no Polaris client for a user: status ${status}`);
    } catch (error) {
      // the answer may hold a secret, which an error of the parser would repeat
      this.logger.warn(
        `no Polaris client for a user: ${error instanceof KbaseError ? error.message : 'unreadable answer'}`,
      );
    }
    return undefined;
  }

  private async send(request: AxiosRequestConfig, timeoutMs: number): Promise<AxiosResponse<Buffer>> {
    // an axios timeout only limits silence: a slow, steady answer would last forever
    const signal = AbortSignal.timeout(timeoutMs);
    const call = (options: AxiosRequestConfig) =>
      this.client().request<Buffer>({ ...request, signal, ...options });
    try {
      return await (request.method === 'GET' ? withoutStaleConnection(call) : call({}));
    } catch (error) {
      // axios errors contain the request with its token, so they are not passed on
      if (axios.isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE')
        throw new KbaseError('polaris_odd', 'The answer of the Polaris service is too long or unreadable');
      const why = signal.aborted ? `did not answer within ${timeoutMs} ms` : 'does not answer';
      throw new KbaseError('polaris_away', `The Polaris service ${why}`);
    }
  }

  private client(): AxiosInstance {
    if (this.#http) return this.#http;
    throw new Error('no Polaris service is configured');
  }
}
