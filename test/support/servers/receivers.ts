import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What a webhook was sent. */
export interface Delivery {
  headers: IncomingHttpHeaders;
  raw: string;
  body: any;
}

/** A receiver of a webhook, which answers what the test says, 204 at first; `null` never answers. */
export class WebhookReceiver {
  readonly deliveries: Delivery[] = [];
  /** The status for a delivery; by default for each. */
  answer: (delivery: Delivery) => number | null = () => 204;
  #server: Server | undefined;
  #port = 0;

  /** Starts it, the second time on the same port. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const raw = Buffer.concat(parts).toString('utf8');
        const delivery = { headers: request.headers, raw, body: JSON.parse(raw) };
        this.deliveries.push(delivery);
        const status = this.answer(delivery);
        if (status !== null) response.writeHead(status, { location: '/elsewhere' }).end('not for anybody');
      });
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook?token=webhook-token-of-the-test`;
  }

  /** The deliveries about a request. */
  about(id: string): Delivery[] {
    return this.deliveries.filter(({ body }) => body.data.id === id);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
    this.#server = undefined;
  }
}

/** A message as the mail server took it. */
export interface Mail {
  from: string;
  to: string[];
  /** With its headers; lines of quoted-printable joined. */
  text: string;
}

export const MAIL_LOGIN = { user: 'lake', pass: 'mail-password-of-the-test' };

/** A mail server that asks for a password and refuses the addresses that the test says. */
export class MailReceiver {
  readonly mails: Mail[] = [];
  readonly refused = new Set<string>();
  #server: SMTPServer | undefined;

  async start(): Promise<this> {
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        if (username === MAIL_LOGIN.user && password === MAIL_LOGIN.pass)
          return done(null, { user: username });
        return done(new Error('wrong password'));
      },
      onRcptTo: ({ address }, _session, done) =>
        done(
          this.refused.has(address)
            ? Object.assign(new Error('no such mailbox'), { responseCode: 550 })
            : undefined,
        ),
      onData: (stream, { envelope }, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          const text = Buffer.concat(parts).toString('utf8').replaceAll('=\r\n', '');
          this.mails.push({ from, to: envelope.rcptTo.map(({ address }) => address).sort(), text });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    return this;
  }

  /** `password`: another one than it asks for. */
  urlWith(password = MAIL_LOGIN.pass): string {
    const { port } = this.#server?.server.address() as AddressInfo;
    return `smtp://${MAIL_LOGIN.user}:${password}@127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server) await new Promise<void>((resolve) => server.close(resolve));
    this.#server = undefined;
  }
}
