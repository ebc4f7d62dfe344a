import { Agent, createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it passed; `status` is what the target answered, absent while (or because) it did not. */
export interface Call {
  /** Counts from 1 since the start or the last reset(). */
  index: number;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Who signed it, from Authorization or a presigned URL. */
  accessKey: string | undefined;
  /** What was sent, as soon as all of it has arrived; whoever matches calls sees it. */
  body?: Buffer;
  status?: number;
}

/**
 * What goes wrong with a call:
 * - `drop`: the connection is cut, the target never sees the request
 * - `hang`: nothing is forwarded and nothing answered
 * - `drop-answer`: the target applies the request, the client gets a cut connection
 * - `{answer}`: this status instead of forwarding
 * - `{delayMs}`: forwarded later, also when the client has given up by then
 * - `{truncate}`: so many bytes of the answer's body, then a cut connection
 */
export type Fault =
  'drop' | 'hang' | 'drop-answer' | { answer: number } | { delayMs: number } | { truncate: number };

export interface Hook {
  /** Before forwarding; `drop` keeps the request from the target. */
  before?(call: Call): void | 'drop' | Promise<void | 'drop'>;
  /** The target has answered, the client has not heard of it yet. */
  after?(call: Call): void | Promise<void>;
}

type Match = number | ((call: Call) => boolean);

/** A programmable HTTP proxy. Host stays as the client sent (and signed) it, so signatures hold. */
export async function startProxy(target: string): Promise<Proxy> {
  const proxy = new Proxy(new URL(target));
  await proxy.accept();
  return proxy;
}

export class Proxy {
  readonly calls: Call[] = [];
  private readonly faults: { match: Match; fault: Fault }[] = [];
  private readonly hooks: { match: Match; hook: Hook }[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly target: URL) {}

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Call number k, or every call that matches, fails so. The first rule that matches counts. */
  fail(match: Match, fault: Fault): void {
    this.faults.push({ match, fault });
  }

  hook(match: Match, hook: Hook): void {
    this.hooks.push({ match, hook });
  }

  /** Forgets the recorded calls, faults and hooks; counting starts at 1 again. */
  reset(): void {
    for (const list of [this.calls, this.faults, this.hooks]) list.length = 0;
  }

  /** Listens (again, on the same port). */
  async accept(): Promise<void> {
    const server = createServer((request, response) => void this.pass(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Connections are refused until accept(); open ones are cut. */
  async refuse(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    await this.refuse();
    this.agent.destroy();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = describe(request, this.calls.length + 1);
    // an idle client makes sure that MinIO is there: that is no call of anybody's, but fails like one
    const isCall = call.path !== '/minio/health/live';
    if (isCall) this.calls.push(call);
    const matches = ({ match }: { match: Match }) =>
      typeof match === 'number' ? isCall && match === call.index : match(call);
    try {
      // whole, before anything is held back: what a client has sent arrives, also when it has given up by then
      const body = (call.body = await readAll(request));
      const fault = this.faults.find(matches)?.fault;
      const hooks = isCall ? this.hooks.filter(matches).map(({ hook }) => hook) : [];
      for (const hook of hooks) if ((await hook.before?.(call)) === 'drop') return void cut(response);
      if (typeof fault === 'object' && 'delayMs' in fault) await delay(fault.delayMs);
      if (failsEarly(fault, response)) return;
      const answer = await this.forward(request, body);
      call.status = answer.statusCode ?? 0;
      for (const hook of hooks) await hook.after?.(call);
      deliver(answer, response, fault);
    } catch {
      // The target is away, or a hook threw: the client sees a cut connection, as it would without us.
      cut(response);
    }
  }

  private forward(request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.target;
      const { method, url: path, rawHeaders } = request;
      const options = { host, port, method, path, headers: rawHeaders, setHost: false, agent: this.agent };
      const upstream = httpRequest(options, resolve);
      upstream.on('error', reject);
      upstream.end(body);
    });
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function failsEarly(fault: Fault | undefined, response: ServerResponse): boolean {
  if (fault === 'hang') return true;
  if (fault === 'drop') {
    cut(response);
    return true;
  }
  if (typeof fault === 'object' && 'answer' in fault) {
    response.writeHead(fault.answer).end();
    return true;
  }
  return false;
}

function deliver(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
  if (fault === 'drop-answer') {
    answer.resume();
    cut(response);
    return;
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
  if (typeof fault === 'object' && 'truncate' in fault) {
    truncate(answer, response, fault.truncate);
    return;
  }
  answer.once('error', () => cut(response));
  answer.pipe(response);
}

function truncate(answer: IncomingMessage, response: ServerResponse, bytes: number): void {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.once('end', () => response.write(Buffer.concat(chunks).subarray(0, bytes), () => cut(response)));
}

function cut(response: ServerResponse): void {
  response.socket?.destroy();
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function describe(request: IncomingMessage, index: number): Call {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://proxy');
  const credential =
    /Credential=([^/,]+)/.exec(request.headers.authorization ?? '')?.[1] ??
    query.get('X-Amz-Credential')?.split('/')[0];
  return {
    index,
    method: request.method ?? '',
    path,
    query,
    headers: request.headers,
    accessKey: credential,
  };
}
