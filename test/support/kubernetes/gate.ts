import { readFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kubernetes } from './server.js';

/** One call that came through. */
export interface GateCall {
  method: string;
  url: string;
}

/** Stands between the service and the API server, with its certificate, and can keep an answer to itself. */
export class KubernetesGate {
  readonly calls: GateCall[] = [];
  #held: { isOf: (call: GateCall) => boolean; reached: () => void } | undefined;

  private constructor(
    private readonly kubernetes: Kubernetes,
    private readonly server: Server,
    private readonly agent: Agent,
  ) {}

  static async start(kubernetes: Kubernetes): Promise<KubernetesGate> {
    const cert = readFileSync(kubernetes.caFile);
    const key = readFileSync(kubernetes.caFile.replace(/\.crt$/, '.key'));
    const server = createServer({ key, cert });
    const gate = new KubernetesGate(kubernetes, server, new Agent({ ca: cert, keepAlive: true }));
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => gate.pass(asked, answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get address(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next such call is carried out, and nobody is told. Resolves when that has happened. */
  hold(isOf: (call: GateCall) => boolean): Promise<void> {
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
      `${this.kubernetes.address}${call.url}`,
      { method: call.method, headers: asked.headers, agent: this.agent },
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
