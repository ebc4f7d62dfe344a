import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { PortalActions } from './actions.js';
import type { StubAnswer } from './calls.js';
import { type PortalDelivery } from '../deliveries.js';
import { type PortalVersion } from '../recorded.js';
import { PortalRoutes } from './routes.js';
import { PortalWorld } from './world.js';

export interface PortalStubOptions {
  version?: PortalVersion;
  /** Asked for in `x-key`, or as `Authorization: Bearer`; none: everybody may call, as with OIDC off. */
  key?: string;
  /** Signs v1 webhooks. */
  secret?: string;
}

/** What happens to matching calls instead of an answer: a status, silence for good, or silence for a while; `mute`: silence after it was done. */
export interface Fault {
  /** Matched against `GET /api/v2/...`. */
  on: RegExp;
  status?: number;
  hang?: boolean;
  mute?: boolean;
  delayMs?: number;
  body?: string;
  headers?: Record<string, string>;
  /** How many calls; all of them unless told. */
  times?: number;
  /** How many calls are let through before. */
  skip?: number;
  /** Told when a call will not be answered any more. */
  reached?(): void;
}

/** A portal in this process: its API over HTTP, and its users as `do`. It sends nothing by itself: each action gives the webhooks it makes. */
export class PortalStub {
  readonly world: PortalWorld;
  readonly do: PortalActions;
  /** Every call, `METHOD /path?query`. */
  readonly requests: string[] = [];
  /** Those of them that have changed something, be it that nobody heard the answer. */
  readonly done: string[] = [];
  /** Calls that a careful client of this version would not make. A test ends with none. */
  readonly problems: string[] = [];
  /** Webhooks for what was changed by the API. */
  readonly echoes: PortalDelivery[] = [];
  faults: Fault[] = [];
  readonly #server: Server;
  readonly #routes: PortalRoutes;
  #port = 0;

  constructor(private readonly options: PortalStubOptions = {}) {
    this.world = new PortalWorld(options.version ?? '0.7.0');
    this.do = new PortalActions(this.world, options.secret);
    this.#routes = new PortalRoutes(this.do);
    this.#server = createServer((request, response) => void this.serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, after a {@link stop} on the same port as before. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Calls so far that match. */
  count(pattern: RegExp): number {
    return this.requests.filter((each) => pattern.test(each)).length;
  }

  /** How often a product's lifecycle was written. */
  lifecycleWrites(id?: string): number {
    return this.count(new RegExp(`^PUT /api/v2/data_products/${id ?? '[^/]+'}$`));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const line = `${method} ${url}`;
    this.requests.push(line);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fault = this.faultOf(line);
    if (fault?.hang) return fault.reached?.();
    if (fault?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.status !== undefined || fault?.body !== undefined) {
      response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? '{"detail":"told to fail"}');
      return;
    }
    const answer = this.answer(request, Buffer.concat(chunks).toString());
    if (answer.problem !== undefined) this.problems.push(`${line}: ${answer.problem}`);
    this.echoes.push(...(answer.deliveries ?? []));
    if (request.method !== 'GET' && answer.status < 300) this.done.push(line);
    if (fault?.mute) return fault.reached?.();
    const location =
      answer.location === undefined ? {} : { location: `http://${request.headers.host}${answer.location}` };
    response.writeHead(answer.status, { 'content-type': 'application/json', ...location });
    response.end(answer.location === undefined ? JSON.stringify(answer.body ?? null) : '');
  }

  private faultOf(line: string): Fault | undefined {
    const matching = this.faults.filter(({ on }) => on.test(line));
    return matching.find((each) => {
      if (each.skip !== undefined && each.skip-- > 0) return false;
      return each.times === undefined || each.times-- > 0;
    });
  }

  private answer(request: IncomingMessage, text: string): StubAnswer {
    const { method = '', url = '', headers } = request;
    const { key } = this.options;
    if (key !== undefined && headers['x-key'] !== key && headers.authorization !== `Bearer ${key}`)
      return { status: 401, body: { detail: 'Not authenticated' } };
    if (!headers.accept?.includes('application/json'))
      this.problems.push(`${method} ${url}: JSON is not accepted`);
    const { pathname, searchParams } = new URL(url, this.url);
    let body: unknown;
    if (text !== '') {
      if (headers['content-type'] !== 'application/json') this.problems.push(`${method} ${url}: no JSON`);
      body = JSON.parse(text);
    }
    return this.#routes.answer({ method, path: pathname, query: searchParams, body });
  }
}

/** A listening stub portal; ended by `stop()`. */
export function startPortalStub(options: PortalStubOptions = {}): Promise<PortalStub> {
  return new PortalStub(options).start();
}
