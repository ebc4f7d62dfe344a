import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface HubToken {
  name: string;
  kind?: 'user' | 'service';
  scopes?: string[] | null;
  /** Fields of the answer that are not as a hub writes them. */
  said?: Record<string, unknown>;
}

/** What JupyterHub 6.1.1 answers of the API token of a single-user server. */
export const serverScopes = (name: string): string[] => [
  `access:servers!server=${name}/`,
  `read:users:groups!user=${name}`,
  `read:users:name!user=${name}`,
  `users:activity!user=${name}`,
];

/** `GET /hub/api` and `GET /hub/api/user` of a JupyterHub, as recorded from version 6.1.1; strict about the header. */
export class HubStub {
  /** Every token that was shown to it. */
  readonly shown: string[] = [];
  fault: 'hang' | 'drop' | 500 | undefined;
  private readonly tokens = new Map<string, HubToken>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<HubStub> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const hub = new HubStub(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/hub/api`);
    server.on('request', (request, response) => {
      const [status, body] = hub.answer(request.url ?? '', request.headers.authorization);
      if (hub.fault === 'hang') return;
      if (hub.fault === 'drop') return void request.socket.destroy();
      response.writeHead(hub.fault ?? status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    return hub;
  }

  set(token: string, holder: HubToken): void {
    this.tokens.set(token, holder);
  }

  /** The server stops: its token ends. */
  forget(token: string): void {
    this.tokens.delete(token);
  }

  private answer(path: string, header: string | undefined): [number, unknown] {
    if (path === '/hub/api/') return [200, { version: '6.1.1' }];
    if (path !== '/hub/api/user') return [404, { status: 404, message: 'Not Found' }];
    const token = /^(?:token|Bearer) (.+)$/.exec(header ?? '')?.[1] ?? '';
    this.shown.push(token);
    const holder = this.tokens.get(token);
    if (!holder) return [403, { status: 403, message: 'Missing or invalid credentials.' }];
    const { name, kind = 'user', scopes = serverScopes(name), said } = holder;
    const model = { name, kind, admin: false, groups: [], session_id: null, token_id: 'a1' };
    return [200, { ...model, ...(scopes === null ? {} : { scopes }), ...said }];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
