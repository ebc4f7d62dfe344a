import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fields, fieldsOf, integer, messages, text } from './protobuf.js';

export interface SeenSpan {
  traceId: string;
  spanId: string;
  /** Empty: it is the first of its trace. */
  parentId: string;
  name: string;
  kind: string;
  fields: Record<string, string | number>;
  startedAt: bigint;
  endedAt: bigint;
  hasFailed: boolean;
}

/** As in opentelemetry/proto/trace/v1/trace.proto. */
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_ERROR = 2;

/** A collector that takes traces by OTLP over HTTP (protobuf), as opentelemetry.io/docs/specs/otlp says. */
export class Collector {
  readonly spans: SeenSpan[] = [];
  readonly resources: Record<string, string | number>[] = [];
  /** Every body as it came. */
  readonly bodies: Buffer[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** The status of an answer; null: none comes. */
  answer: number | null = 200;
  #server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method, url, headers } = request;
        this.headers.push(headers);
        if (this.answer === null) return;
        const isRight =
          method === 'POST' &&
          url === '/v1/traces' &&
          headers['content-type'] === 'application/x-protobuf' &&
          headers['content-encoding'] === undefined;
        if (isRight && this.answer === 200) this.take(Buffer.concat(parts));
        response.writeHead(isRight ? this.answer : 400, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server?.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** The spans of a trace, as they were begun. */
  trace(id: string): SeenSpan[] {
    const of = this.spans.filter(({ traceId }) => traceId === id);
    return of.sort((one, other) => Number(one.startedAt - other.startedAt));
  }

  private take(body: Buffer): void {
    this.bodies.push(body);
    for (const of of messages(fieldsOf(body), 1)) {
      this.resources.push(...messages(of, 1).map((resource) => attributesOf(resource, 1)));
      for (const scope of messages(of, 2)) this.spans.push(...messages(scope, 2).map(spanOf));
    }
  }
}

function spanOf(span: Fields): SeenSpan {
  const [status] = messages(span, 15);
  return {
    traceId: text(span, 1, 'hex'),
    spanId: text(span, 2, 'hex'),
    parentId: text(span, 4, 'hex'),
    name: text(span, 5),
    kind: KINDS[integer(span, 6)] ?? 'unknown',
    fields: attributesOf(span, 9),
    startedAt: span.get(7)?.[0] as bigint,
    endedAt: span.get(8)?.[0] as bigint,
    hasFailed: status !== undefined && integer(status, 3) === STATUS_ERROR,
  };
}

function attributesOf(fields: Fields, number: number): Record<string, string | number> {
  const pairs = messages(fields, number).map((pair) => [text(pair, 1), valueOf(messages(pair, 2)[0])]);
  return Object.fromEntries(pairs) as Record<string, string | number>;
}

function valueOf(value: Fields | undefined): string | number {
  if (value?.has(1)) return text(value, 1);
  if (value?.has(4)) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value.get(4)?.[0] as bigint);
    return bytes.readDoubleLE();
  }
  return value ? integer(value, 3) : '';
}
