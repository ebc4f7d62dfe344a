import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** Passes TCP connections on to a server, until it is told to cut, refuse or swallow them. */
export class Relay {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private silent = false;
  port = 0;

  private constructor(private target: { host: string; port: number }) {}

  static async start(target: { host: string; port: number }): Promise<Relay> {
    const relay = new Relay(target);
    await relay.accept();
    return relay;
  }

  /** Listens (again, on the same port), and passes everything on. */
  async accept(): Promise<void> {
    this.silent = false;
    for (const socket of this.sockets) socket.resume();
    if (this.server) return;
    const server = createServer((socket) => this.pass(socket));
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve),
    );
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** After a {@link cut}: from now on another server is meant. */
  async moveTo(target: { host: string; port: number }): Promise<void> {
    this.target = target;
    await this.accept();
  }

  /** Every connection breaks, and new ones are refused, until accept(). */
  async cut(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }

  /** Connections stay, and new ones come about, but nothing passes until accept(). */
  hang(): void {
    this.silent = true;
    for (const socket of this.sockets) socket.pause();
  }

  private pass(client: Socket): void {
    const upstream = connect(this.target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => this.sockets.delete(from) && to.destroy());
      if (this.silent) from.pause();
    }
  }
}
