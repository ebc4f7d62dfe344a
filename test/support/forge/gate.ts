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

/** Stands between the service and the forge, and can keep an answer to itself. */
export class ForgeGate {
  readonly calls: ForgeCall[] = [];
  #held: { isOf: (call: ForgeCall) => boolean; reached: () => void } | undefined;

  private constructor(
    private readonly forge: string,
    private readonly server: Server,
    private readonly agent: Agent,
  ) {}

  static async start(forge: string): Promise<ForgeGate> {
    const server = createServer();
    const gate = new ForgeGate(forge, server, new Agent({ keepAlive: true }));
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => gate.pass(asked, answer));
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

  async stop(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const call = { method: asked.method ?? '', url: asked.url ?? '' };
    this.calls.push(call);
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
