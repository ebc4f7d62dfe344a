import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { XMLParser } from 'fast-xml-parser';
import { Client } from 'minio';
import type { AppConfig } from '../config/app-config.js';

/** One S3 request; absent fields are empty. */
export interface S3Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  key?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer;
}

/** The answer of MinIO: its clock in whole seconds, and the XML as nested objects of text. */
export interface S3Answer {
  date: Date;
  xml: Record<string, unknown>;
}

/** Temporary credentials of a user. */
export interface SessionKeys {
  accessKey: string;
  secretKey: string;
  sessionToken: string;
}

/** Sockets to one server. */
const MAX_SOCKETS = 16;

// Values stay text, and names come URL-encoded: the parts that are read contain no entity to resolve.
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  processEntities: false,
});

/**
 * Signed S3 calls on one bucket, for what the `minio` package does not do by itself: it sends the markers of a version listing unescaped,
 * which loses names with spaces. A call ends within its timeout whatever the server does; none is repeated here. With a session, the calls are
 * those of its user.
 */
export class S3Calls {
  readonly #client: Client;
  readonly #agent: HttpAgent;

  constructor(
    endpoint: string,
    { minio, lake }: AppConfig,
    timeoutMs: number,
    private readonly bucket = lake.bucket,
    session?: SessionKeys,
  ) {
    const url = new URL(endpoint);
    const secure = url.protocol === 'https:';
    this.#agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: MAX_SOCKETS });
    this.#client = new Client({
      endPoint: url.hostname,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      useSSL: secure,
      ...(session ?? { accessKey: minio.accessKey, secretKey: minio.secretKey.reveal() }),
      region: minio.region,
      pathStyle: true,
      transportAgent: this.#agent,
      retryOptions: { disableRetry: true },
      transport: { request: limited(secure ? httpsRequest : httpRequest, timeoutMs) },
    });
  }

  /** Sends the call; throws an `S3Error` with S3's code, or the error of the network. */
  async send({ method, key, query = {}, headers, body }: S3Call): Promise<S3Answer> {
    const answer = await this.#client.makeRequestAsync(
      {
        method,
        bucketName: this.bucket,
        query: queryOf(query),
        headers: { ...headers },
        ...(key === undefined ? {} : { objectName: key }),
      },
      body ?? '',
      [200, 204],
    );
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    return {
      date: new Date(answer.headers.date ?? ''),
      xml: text === '' ? {} : (parser.parse(text) as Record<string, unknown>),
    };
  }

  /** Cuts every call that is under way. */
  close(): void {
    this.#agent.destroy();
  }
}

/** The request function of Node with a time limit for every request, including one whose answer stops halfway. */
function limited(request: typeof httpRequest, timeoutMs: number): typeof httpRequest {
  return ((...args: Parameters<typeof httpRequest>) => {
    const sent = request(...args);
    const timer = setTimeout(() => sent.destroy(new Error('MinIO does not answer in time')), timeoutMs);
    sent.once('close', () => clearTimeout(timer));
    return sent;
  }) as typeof httpRequest;
}

function queryOf(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .sort()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
