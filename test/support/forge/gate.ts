import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that came through. */
export interface ForgeCall {
  method: string;
  url: string;
}

/** Whether a call has this method, and a path that ends so. */
export function isCall(method: string, end: RegExp): (call: ForgeCall) => boolean {
  return (call) => call.method === method && end.test(call.url.split('?')[0] ?? '');
}

/** The calls that make a repository, its commit, and that change its settings. */
export const CREATION = isCall('POST', /\/orgs\/[^/]+\/repos$/);
export const COMMIT = isCall('POST', /\/contents$/);
export const CHANGE = isCall('PATCH', /\/repos\/[^/]+\/[^/]+$/);
export const REMOVAL = isCall('DELETE', /\/repos\/[^/]+\/[^/]+$/);

/** Stands between the service and the forge, can keep an answer to itself, and lets others be quicker. */
export class ForgeGate {
  readonly calls: ForgeCall[] = [];
  #before: { isOf: (call: ForgeCall) => boolean; work: () => Promise<unknown> } | undefined;
  #held: { isOf: (call: ForgeCall) => boolean; reached: () => void } | undefined;

  private constructor(
    private readonly forge: string,
    private readonly server: Server,
    private readonly agent: Agent,
  ) {}

  static async start(forge: string): Promise<ForgeGate> {
    const server = createServer();
    const gate = new ForgeGate(forge, server, new Agent({ keepAlive: true }));
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => {
      gate.pass(asked, answer).catch(() => answer.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next such call is carried out, and nobody is told. Resolves when that has happened. */
  hold(isOf: (call: ForgeCall) => boolean): Promise<void> {
    return new Promise((reached) => (this.#held = { isOf, reached }));
  }

  /** The work is done before the next such call is carried out. */
  before(isOf: (call: ForgeCall) => boolean, work: () => Promise<unknown>): void {
    this.#before = { isOf, work };
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const call = { method: asked.method ?? '', url: asked.url ?? '' };
    this.calls.push(call);
    if (this.#before?.isOf(call)) {
      const { work } = this.#before;
      this.#before = undefined;
      await work();
    }
    const held = this.#held?.isOf(call) ? this.#held : undefined;
    if (held) this.#held = undefined;
    const onward = request(
      `${this.forge}${call.url}`,
      // addresses in answers are made from the name by which the forge is called
      {
        method: call.method,
        headers: { ...asked.headers, host: new URL(this.forge).host },
        agent: this.agent,
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
    asked.pipe(onward);
  }
}
