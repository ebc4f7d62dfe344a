import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';

/** One call that came through. */
export interface GateCall {
  method: string;
  url: string;
  body: string;
}

type IsOf = (call: GateCall) => boolean;

/** Whether a call has this method, and a path that ends so. */
export function isCall(method: string, end: RegExp): IsOf {
  return (call) => call.method === method && end.test(call.url.split('?')[0] ?? '');
}

/** Stands between the service and one of its targets, can keep an answer to itself, and lets others be quicker. */
export class TargetGate {
  readonly calls: GateCall[] = [];
  #before: { isOf: IsOf; work: () => Promise<unknown> } | undefined;
  #held: { isOf: IsOf; reached: () => void } | undefined;

  private constructor(
    private readonly target: URL,
    private readonly server: http.Server,
    private readonly agent: http.Agent,
  ) {}

  /** `caFile`: the certificate of a target with TLS, whose key lies beside it. The gate shows the same one. */
  static async start(address: string, caFile?: string): Promise<TargetGate> {
    const cert = caFile === undefined ? undefined : readFileSync(caFile);
    const key = caFile === undefined ? undefined : readFileSync(caFile.replace(/\.crt$/, '.key'));
    const server = cert ? https.createServer({ key, cert }) : http.createServer();
    const agent = cert ? new https.Agent({ ca: cert, keepAlive: true }) : new http.Agent({ keepAlive: true });
    const gate = new TargetGate(new URL(address), server, agent);
    server.on('request', (asked: http.IncomingMessage, answer: http.ServerResponse) => {
      gate.pass(asked, answer).catch(() => answer.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get address(): string {
    return `${this.target.protocol}//127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next such call is carried out, and nobody is told. Resolves when that has happened. */
  hold(isOf: IsOf): Promise<void> {
    return new Promise((reached) => (this.#held = { isOf, reached }));
  }

  /** The work is done before the next such call is carried out. */
  before(isOf: IsOf, work: () => Promise<unknown>): void {
    this.#before = { isOf, work };
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(asked: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const body = Buffer.concat(await asked.toArray());
    const call = { method: asked.method ?? '', url: asked.url ?? '', body: body.toString() };
    this.calls.push(call);
    if (this.#before?.isOf(call)) {
      const { work } = this.#before;
      this.#before = undefined;
      await work();
    }
    const held = this.#held?.isOf(call) ? this.#held : undefined;
    if (held) this.#held = undefined;
    const { request } = this.target.protocol === 'https:' ? https : http;
    const onward = request(
      new URL(call.url, this.target),
      {
        ...{ method: call.method, agent: this.agent },
        // a forge makes addresses in its answers from the name by which it is called
        headers: { ...asked.headers, host: this.target.host },
      },
      (given) => {
        if (held) {
          given.resume().on('end', held.reached);
          return;
        }
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    onward.end(body);
  }
}
