import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Ends an answer, before one more byte: the server is ready for the next statement. */
const READY = Buffer.from('Z\0\0\0\u0005');
const HEADER = 5;

/** A statement that came over a connection. */
export interface Passed {
  text: string;
  /** In a transaction that has changed something, or changes something itself. */
  changes: boolean;
}

/** A statement at which work stops: before the server sees it, or after it was carried out and nobody is told. */
export interface Stop {
  statement: number;
  side: 'before' | 'after';
}

interface Watch {
  /** What connections say of themselves when they are those that are meant. */
  name: string;
  passed: Passed[];
  stop?: Stop;
  reached(): void;
  open: Promise<void>;
}

/** Stands before a PostgreSQL server, reads its protocol, and stops chosen statements on their way. Connections are plain. */
export class StatementRelay {
  private readonly sockets = new Set<Socket>();
  private watches: Watch[] = [];
  private letGo: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(target: { host: string; port: number }): Promise<StatementRelay> {
    const server = createServer((client) => relay.pass(client, connect(target)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const relay = new StatementRelay(server, (server.address() as AddressInfo).port);
    return relay;
  }

  async stop(): Promise<void> {
    this.open();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The statements from now on, of connections whose first statement has this text among its values. */
  record(name: string): Passed[] {
    const passed: Passed[] = [];
    this.watches.push({ name, passed, reached: () => undefined, open: Promise.resolve() });
    return passed;
  }

  /** Stops such a connection there until {@link open}; resolved when it has come there. */
  hold(name: string, stop: Stop): Promise<void> {
    const open = new Promise<void>((resolve) => this.letGo.push(resolve));
    return new Promise((reached) => this.watches.push({ name, passed: [], stop, reached, open }));
  }

  /** What is held goes on, and nothing is watched any more. */
  open(): void {
    this.watches = [];
    for (const each of this.letGo.splice(0)) each();
  }

  private pass(client: Socket, server: Socket): void {
    const found = new Connection(client, server, (first) =>
      this.watches.find(({ name }) => first.includes(name)),
    );
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => this.sockets.delete(from) && to.destroy());
    }
    client.on('data', (chunk) => found.fromClient(chunk));
    server.on('data', (chunk) => found.fromServer(chunk));
  }
}

/** One connection: statements are passed on one at a time. */
class Connection {
  private pending = Buffer.alloc(0);
  private answer = Buffer.alloc(0);
  private unit: Buffer[] = [];
  private text = '';
  private isStarted = false;
  private first: string | undefined;
  private changed = false;
  private held: Watch | undefined;
  private line = Promise.resolve();

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly watchOf: (first: string) => Watch | undefined,
  ) {}

  fromClient(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (;;) {
      const typed = this.isStarted ? 1 : 0;
      if (this.pending.length < typed + 4) return;
      const end = typed + this.pending.readInt32BE(typed);
      if (this.pending.length < end) return;
      this.message(this.pending.subarray(0, end));
      this.pending = this.pending.subarray(end);
    }
  }

  fromServer(chunk: Buffer): void {
    if (!this.held) return void this.client.write(chunk);
    this.answer = Buffer.concat([this.answer, chunk]);
    if (this.answer.subarray(-READY.length - 1, -1).equals(READY)) this.held.reached();
  }

  /** The messages of one statement end with Q (simple) or S (extended); others pass. */
  private message(message: Buffer): void {
    const type = this.isStarted ? String.fromCharCode(message[0] ?? 0) : '';
    this.isStarted = true;
    if (!'QPBDES'.includes(type) || type === '') return void this.send(message);
    if (type === 'Q') this.text = message.toString('utf8', HEADER, message.length - 1);
    if (type === 'P') this.text = message.toString('utf8', HEADER).split('\0')[1] ?? '';
    this.unit.push(message);
    if (type !== 'Q' && type !== 'S') return;
    const [unit, text] = [Buffer.concat(this.unit.splice(0)), this.text];
    this.line = this.line.then(() => this.statement(unit, text));
  }

  private async statement(unit: Buffer, text: string): Promise<void> {
    this.first ??= unit.toString('utf8');
    const watch = this.watchOf(this.first);
    if (text === 'begin') this.changed = false;
    const isChange = /^(create|alter|comment|grant|revoke|drop)\b|pg_terminate_backend/.test(text);
    this.changed ||= isChange;
    watch?.passed.push({ text, changes: isChange || (text === 'commit' && this.changed) });
    if (!watch?.stop || watch.stop.statement !== watch.passed.length) return void this.server.write(unit);
    if (watch.stop.side === 'before') {
      watch.reached();
      await watch.open;
      this.server.write(unit);
    } else {
      this.held = watch;
      this.server.write(unit);
      await watch.open;
      this.held = undefined;
      this.client.write(this.answer);
    }
  }

  private send(message: Buffer): void {
    const copy = Buffer.from(message);
    this.line = this.line.then(() => void this.server.write(copy));
  }
}
