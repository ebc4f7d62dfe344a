import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the service of a target got it. */
export interface Received {
  method: string;
  /** With its query, as it was sent. */
  path: string;
  headers: IncomingHttpHeaders;
  body: any;
}

/** A real HTTP server that steps of workflows send requests to, and that notes them. */
export class HttpTargetServer {
  readonly received: Received[] = [];
  /** What it answers; by default 200 without a body. */
  answer: (request: Received, response: ServerResponse) => void = (_, response) => response.end();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const raw = Buffer.concat(parts).toString('utf8');
        const { method = '', url: path = '', headers } = request;
        const received = { method, path, headers, body: raw === '' ? undefined : JSON.parse(raw) };
        this.received.push(received);
        this.answer(received, response);
      });
    });
  }

  static async start(): Promise<HttpTargetServer> {
    const made = new HttpTargetServer();
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
