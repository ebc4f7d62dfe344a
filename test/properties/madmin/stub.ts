import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { MadminClient, type MadminError, type MadminOptions } from '../../../src/madmin/client.js';

export const KEYS = { accessKey: 'root-access', secretKey: 'root-secret-never-shown' };
export const USER_SECRET = 'user-secret-never-shown';

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server that answers as told and counts, but for what the client asks by itself; and a client for it. */
export class Stub {
  seen: string[] = [];
  /** How often it was asked whether it has read its identities. */
  questions = 0;
  onBody: (chunk: string) => void = () => undefined;
  readonly #server: Server;
  client!: MadminClient;

  constructor(answer: Answer) {
    this.#server = createServer((request, response) => {
      const isQuestion = request.url?.includes('user=mgr-nobody');
      if (isQuestion) this.questions += 1;
      if (isQuestion || request.url?.endsWith('health/live')) return void response.end();
      this.seen.push(`${request.method} ${request.url}`);
      request.on('data', (chunk: Buffer) => this.onBody(chunk.toString('latin1')));
      request.on('end', () => answer(request, response, this.seen.length));
    });
  }

  async open(options: Partial<MadminOptions> = {}): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    this.client = new MadminClient({ endpoint: `http://127.0.0.1:${port}`, ...KEYS, ...options });
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.client.close();
  }
}

export const stubs: Stub[] = [];
export const stub = (answer: Answer, options?: Partial<MadminOptions>): Promise<Stub> => {
  const made = new Stub(answer);
  stubs.push(made);
  return made.open(options);
};
export const fail = (status: number) => (_: IncomingMessage, response: ServerResponse) =>
  response.writeHead(status).end();
export const caught = (call: Promise<unknown>): Promise<MadminError> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: unknown) => error as MadminError,
  );

afterEach(async () => {
  await Promise.all(stubs.splice(0).map((made) => made.close()));
});
