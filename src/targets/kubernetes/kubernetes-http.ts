import { Agent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { withoutStaleConnection } from '../../common/http/stale-connection.js';
import { Problem } from '../../common/problems/problem.js';
import type { KubernetesTarget } from '../../config/targets.js';
import type { Json } from '../../documents/model.js';
import { Credential } from '../credential.js';
import { conflictsOf, isPermanent, type Status } from './status.js';

/** The time limit of one call, including the answer, in milliseconds. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_MESSAGE = 500;

/** One call of the API. */
export interface KubernetesCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the address of the server, already encoded, with its query. */
  path: string;
  /** The current operation, for messages: "applying ConfigMap lab/settings". */
  doing: string;
  body?: object;
  /** Of the body; without it JSON. */
  type?: 'application/apply-patch+yaml' | 'application/merge-patch+json';
  /** Statuses that are an answer, not a failure. 404 means that it does not exist. */
  also?: readonly number[];
  /** The body has a secret: what the server says of it goes into no message. */
  secret?: boolean;
  /** Of the objects only the metadata is asked for. */
  metadataOnly?: boolean;
}

const JSON_TYPE = 'application/json';
const METADATA_TYPE = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export interface KubernetesAnswer {
  status: number;
  body: { [field: string]: Json };
}

/** Sends calls to one API server. Its token goes to no other host, and into no message. */
export class KubernetesHttp {
  readonly #http: AxiosInstance;
  readonly #agent: Agent;
  readonly #token: Credential;

  constructor(private readonly target: KubernetesTarget) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 8, ...(target.ca && { ca: target.ca }) });
    this.#token = new Credential(target.token);
    this.#http = axios.create({
      baseURL: target.url,
      ...{ httpsAgent: this.#agent, maxRedirects: 0, proxy: false, maxContentLength: MAX_ANSWER_BYTES },
      validateStatus: () => true,
    });
  }

  /**
   * The answer to a call. Throws `target_unavailable` if there is none, or one that says to try again; `target_refused` with what the server
   * says for any other.
   */
  async call(call: KubernetesCall): Promise<KubernetesAnswer> {
    const { status, data } = await this.send(call);
    if ((status >= 200 && status <= 299) || call.also?.includes(status))
      return { status, body: data as KubernetesAnswer['body'] };
    throw this.problem(call, status, data as Status | undefined);
  }

  close(): void {
    this.#agent.destroy();
  }

  private problem({ doing, secret }: KubernetesCall, status: number, answer: Status | undefined): Problem {
    const where = `The Kubernetes ${this.target.name} (${doing})`;
    const [conflict] = conflictsOf(answer);
    if (conflict !== undefined) {
      const { field, manager } = conflict;
      return new Problem('target_refused', `${where}: the field ${field} belongs to ${manager}, and stays`);
    }
    if (!isPermanent(status, answer))
      return new Problem('target_unavailable', `${where}: it answered ${status}`);
    const said = secret ? answer?.reason : answer?.message;
    const why = typeof said === 'string' && said !== '' ? `: ${said.slice(0, MAX_MESSAGE)}` : '';
    return new Problem('target_refused', `${where}: it refused with ${status}${why}`);
  }

  private async send(call: KubernetesCall): Promise<AxiosResponse<unknown>> {
    const { method, path, doing, body, type = JSON_TYPE, metadataOnly } = call;
    // an axios timeout only limits silence: a slow, steady answer would last forever
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = {
      ...{ method, url: path, signal, data: body && JSON.stringify(body) },
      headers: {
        accept: metadataOnly ? METADATA_TYPE : JSON_TYPE,
        authorization: `Bearer ${this.#token.current().reveal()}`,
        ...(body && { 'content-type': type }),
      },
    };
    try {
      if (method !== 'GET') return await this.#http.request(request);
      // the agent of a repetition knows no other authorities
      return await withoutStaleConnection(({ httpsAgent }) =>
        this.#http.request({ ...request, ...(httpsAgent && { httpsAgent: this.#newAgent() }) }),
      );
    } catch {
      // axios errors contain the request with its token, so they are not passed on
      const why = signal.aborted ? `did not answer within ${TIMEOUT_MS} ms` : 'does not answer';
      throw new Problem('target_unavailable', `The Kubernetes ${this.target.name} ${why} (${doing})`);
    }
  }

  #newAgent(): Agent {
    return new Agent({ ...(this.target.ca && { ca: this.target.ca }) });
  }
}
