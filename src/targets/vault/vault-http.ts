import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { withoutStaleConnection } from '../../common/http/stale-connection.js';
import { Problem } from '../../common/problems/problem.js';
import type { VaultTarget } from '../../config/targets.js';
import { Credential } from '../credential.js';

/** The time limit of one call, including the answer, in milliseconds. */
const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** A token of an AppRole is used for this part of its life. */
const USED_LIFE = 0.8;
/** Besides 5xx, which a sealed server answers: behind its primary, too many requests, standby. */
const AWAY = new Set([412, 429, 472, 473]);

const NO_MOUNT = /^no handler for route/;

/** One call of Vault's API. */
export interface VaultCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'LIST';
  /** Below `/v1/`, already encoded. */
  path: string;
  /** The current operation, for messages: "reading a policy". */
  doing: string;
  body?: object;
  /** Statuses that are an answer, not a failure. 404 means that it does not exist. */
  also?: readonly number[];
}

export interface VaultAnswer {
  status: number;
  /** The fields of the thing that was asked for. */
  data: Record<string, unknown>;
  /** What the server says is wrong. */
  errors: string[];
}

/** The parts of an answer's body that are read. */
interface Body {
  data?: Record<string, unknown> | null;
  errors?: unknown[];
  auth?: { client_token: string; lease_duration: number };
}

/** Sends calls to one Vault or OpenBao. Its token goes to no other host, and into no message. */
export class VaultHttp {
  readonly #http: AxiosInstance;
  readonly #agents: readonly (HttpAgent | HttpsAgent)[];
  readonly #login: { token: Credential } | { roleId: string; secretId: Credential };
  #session: { token: string; until: number } | undefined;

  constructor(private readonly target: VaultTarget) {
    const agent = { keepAlive: true, maxSockets: 8 };
    const [httpAgent, httpsAgent] = [new HttpAgent(agent), new HttpsAgent(agent)];
    this.#agents = [httpAgent, httpsAgent];
    const { address, namespace, login } = target;
    this.#login =
      'token' in login
        ? { token: new Credential(login.token) }
        : { roleId: login.roleId, secretId: new Credential(login.secretId) };
    this.#http = axios.create({
      baseURL: `${address}/v1/`,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      proxy: false,
      ...{ httpAgent, httpsAgent },
      headers: {
        'x-vault-request': 'true',
        ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
      },
      validateStatus: () => true,
    });
  }

  /**
   * The answer to a call. Throws `target_unavailable` if there is none, or the server is sealed or overloaded; `target_refused` with the
   * operation for any other refusal.
   */
  async call(call: VaultCall): Promise<VaultAnswer> {
    const { status, data: body } = await this.send(call, { 'x-vault-token': await this.token() });
    // not the thing is missing, but what it would be in
    if (status === 404 && call.method === 'GET' && body?.errors?.some((each) => NO_MOUNT.test(String(each))))
      throw this.refused(call.doing, status, 'no engine or login method is mounted there');
    if ((status >= 200 && status <= 299) || call.also?.includes(status))
      return { status, data: body?.data ?? {}, errors: (body?.errors ?? []).map(String) };
    if (status === 403) this.#session = undefined;
    throw this.problem(call, status);
  }

  /** Whether it answers and is not sealed. Needs no token. */
  async isHealthy(): Promise<boolean> {
    const call = {
      method: 'GET',
      path: 'sys/health?standbyok=true',
      doing: 'asking for its health',
    } as const;
    return (await this.send(call, {})).status === 200;
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /** A refusal that a repetition does not change. */
  refused(doing: string, status: number, reason?: string): Problem {
    const why =
      reason ??
      (status === 403 ? 'permission denied for the token of this service' : `it refused with ${status}`);
    return new Problem('target_refused', `The vault ${this.target.name} (${doing}): ${why}`);
  }

  private problem({ doing }: VaultCall, status: number): Problem {
    if (status < 500 && !AWAY.has(status)) return this.refused(doing, status);
    return new Problem('target_unavailable', `The vault ${this.target.name} answered ${status} (${doing})`);
  }

  private async send(
    { method, path, doing, body }: VaultCall,
    headers: Record<string, string>,
  ): Promise<AxiosResponse<Body | undefined>> {
    // an axios timeout only limits silence: a slow, steady answer would last forever
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const request = {
      ...{ method, url: path, signal, data: body },
      headers: { ...headers, ...(body && { 'content-type': type }) },
    };
    try {
      if (method !== 'GET') return await this.#http.request(request);
      return await withoutStaleConnection((options) => this.#http.request({ ...request, ...options }));
    } catch {
      // axios errors contain the request with its token, so they are not passed on
      const why = signal.aborted ? `did not answer within ${TIMEOUT_MS} ms` : 'does not answer';
      throw new Problem('target_unavailable', `The vault ${this.target.name} ${why} (${doing})`);
    }
  }

  private async token(): Promise<string> {
    if ('token' in this.#login) return this.#login.token.current().reveal();
    if (this.#session && performance.now() < this.#session.until) return this.#session.token;
    const body = { role_id: this.#login.roleId, secret_id: this.#login.secretId.current().reveal() };
    const call = { method: 'POST', path: 'auth/approle/login', doing: 'logging in', body } as const;
    const { status, data: answer } = await this.send(call, {});
    if (status !== 200 || !answer?.auth) throw this.problem(call, status);
    const { client_token, lease_duration } = answer.auth;
    const life = lease_duration > 0 ? lease_duration * 1000 * USED_LIFE : Infinity;
    this.#session = { token: client_token, until: performance.now() + life };
    return client_token;
  }
}
