import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SecretFinder } from '../service/secrets.js';
import type { Service } from '../service/service.js';

/**
 * The service, but that sessions of GET /credentials/aws are said to end after so many seconds: real ones live an hour, and no test can wait for
 * that.
 */
export class ShortSessions {
  /** Access keys of the sessions handed out, in order. */
  readonly issued: string[] = [];
  private server: Server | undefined;
  private port = 0;

  private constructor(
    private readonly service: () => Service,
    private readonly seconds: number,
    private readonly secrets: SecretFinder,
  ) {}

  static async start(options: {
    service: () => Service;
    seconds: number;
    secrets: SecretFinder;
  }): Promise<ShortSessions> {
    const stub = new ShortSessions(options.service, options.seconds, options.secrets);
    stub.server = createServer((request, response) => {
      stub
        .pass(request)
        .then(({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(body),
        )
        .catch((error: unknown) => response.writeHead(502).end(String(error)));
    });
    await new Promise<void>((resolve) => stub.server?.listen(0, '127.0.0.1', resolve));
    stub.port = (stub.server.address() as AddressInfo).port;
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
  }

  private async pass(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const { method = 'GET', url: path = '/', headers } = request;
    const sent = await text(request);
    const answer = await this.service().request(method, path, {
      ...(headers.authorization ? { token: headers.authorization } : {}),
      ...(sent ? { body: sent, headers: { 'content-type': 'application/json' } } : {}),
    });
    const { status, body } = answer;
    this.secrets.note(`${method} ${path}`, body);
    if (status === 200 && body.Expiration) {
      if (!this.issued.includes(body.AccessKeyId)) this.issued.push(body.AccessKeyId);
      body.Expiration = `${new Date(Date.now() + this.seconds * 1000).toISOString().slice(0, 19)}Z`;
    }
    return { status, body: JSON.stringify(body) };
  }
}
