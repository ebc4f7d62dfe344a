import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { Problem } from '../../common/problems/problem.js';
import type { HttpTarget } from '../../config/targets.js';
import type { Json } from '../../documents/model.js';
import { Credential } from '../credential.js';
import { readJson } from './answer.js';
import { addressBelow } from './http-path.js';

/** The time limit of one request, including the answer, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** One request to a service. */
export interface HttpCall {
  method: string;
  /** Below the address of the target, with its query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined: nothing is sent. */
  body?: Json | undefined;
  /** The same in each attempt, so that the service can do it once. */
  idempotencyKey: string;
  /** Whether this status means success. */
  isExpected: (status: number) => boolean;
  /** Ends the request before its time limit. */
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  /** Undefined: it is not JSON, or too long. */
  body: Json | undefined;
}

/** Sends requests below one address. Its token goes nowhere else, and what is answered goes into no message. */
export class HttpService {
  readonly name: string;
  readonly #token: Credential | undefined;
  readonly #agents = { httpAgent: new HttpAgent(), httpsAgent: new HttpsAgent() };

  constructor(
    private readonly target: HttpTarget,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {
    this.name = target.name;
    this.#token = target.token && new Credential(target.token);
  }

  /** Whether requests to this path stay below the address. */
  reaches(path: string): boolean {
    return addressBelow(this.target.url, path) !== undefined;
  }

  /**
   * The answer to a request, if its status is expected. Throws `target_unavailable` if there is none, or one that says to try again;
   * `target_refused` for any other.
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const { method, path } = call;
    const shown = `${method} ${path.split('?', 1)[0]} of ${this.name}`;
    const limit = AbortSignal.timeout(this.timeoutMs);
    const signal = call.signal ? AbortSignal.any([limit, call.signal]) : limit;
    try {
      const { status, data, headers } = await this.request(call, signal);
      if (call.isExpected(status))
        return { status, body: await readJson(data, String(headers['content-type'] ?? '')) };
      data.destroy();
      throw refusal(shown, status);
    } catch (error) {
      if (error instanceof Problem) throw error;
      // axios errors contain the request with its token, so they are not passed on
      const why = limit.aborted ? `no answer within ${this.timeoutMs} ms` : 'no answer';
      throw new Problem('target_unavailable', `${shown}: ${why}`);
    }
  }

  private request(
    { method, path, headers, body, idempotencyKey }: HttpCall,
    signal: AbortSignal,
  ): Promise<AxiosResponse<Readable>> {
    const address = addressBelow(this.target.url, path);
    if (!address) throw new Problem('target_refused', `The path leads out of the target ${this.name}`);
    const token = this.#token?.current().reveal();
    return axios.request<Readable>({
      ...{ method, url: address.href, signal, ...this.#agents },
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        'idempotency-key': idempotencyKey,
      },
      data: body === undefined ? undefined : JSON.stringify(body),
      responseType: 'stream',
      ...{ maxRedirects: 0, proxy: false, validateStatus: () => true },
    });
  }
}

function refusal(shown: string, status: number): Problem {
  if (status >= 500 || status === 429)
    return new Problem('target_unavailable', `${shown}: it answered ${status}`);
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return new Problem('target_refused', `${shown}: it answered ${status}${redirect}`);
}
