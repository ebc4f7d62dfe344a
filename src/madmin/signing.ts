import { createHash, createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from './types.js';

/** Values of one query key; several values are sent sorted, because signers sort them and MinIO does not. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Unsigned {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  query?: Query;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
}

export interface Signed {
  /** Path and query exactly as signed: send this, do not encode it again. */
  target: string;
  headers: Record<string, string>;
}

/** Incremental SHA-256 or HMAC-SHA-256 of node:crypto in the shape that the signer asks for. */
class NodeSha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', toKey(key));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  /** The signer never calls it: it makes a new object for each digest. */
  reset(): void {
    throw new Error('not supported');
  }
}

/** Node 24 recognizes a key of plain bytes by catching its own error: 33 µs for each HMAC, with a KeyObject 5. */
function toKey(key: string | ArrayBuffer | ArrayBufferView): KeyObject {
  if (typeof key === 'string') return createSecretKey(key, 'utf8');
  return createSecretKey(
    ArrayBuffer.isView(key) ? Buffer.from(key.buffer, key.byteOffset, key.byteLength) : Buffer.from(key),
  );
}

export interface SignerOptions {
  /** Host and port as in the Host header. */
  host: string;
  /** `s3` for the admin API, `sts` for AssumeRole: MinIO answers SignatureDoesNotMatch for the other one. */
  service: 's3' | 'sts';
  region: string;
  credentials: Credentials;
}

/** AWS Signature Version 4 in headers, for MinIO. */
export class Signer {
  readonly #signer: SignatureV4;
  readonly #host: string;

  constructor({ host, service, region, credentials }: SignerOptions) {
    this.#host = host;
    this.#signer = new SignatureV4({
      service,
      region,
      credentials: { accessKeyId: credentials.accessKey, secretAccessKey: credentials.secretKey },
      sha256: NodeSha256,
      uriEscapePath: false,
    });
  }

  async sign({ method, path, query = {}, headers, body }: Unsigned, date = new Date()): Promise<Signed> {
    const text = queryString(query);
    const signed = await this.#signer.sign(
      {
        method,
        // Neither is signed; the signer's type requires them.
        protocol: 'http:',
        hostname: this.#host,
        path,
        query: sorted(query),
        headers: { host: this.#host, ...headers, 'x-amz-content-sha256': hash('sha256', body ?? '') },
      },
      { signingDate: date },
    );
    // Headers are written byte by byte: an access key outside ASCII must be UTF-8 by then.
    const authorization = Buffer.from(signed.headers.authorization ?? '').toString('latin1');
    return { target: text ? `${path}?${text}` : path, headers: { ...signed.headers, authorization } };
  }
}

/** Keys and values in RFC 3986 encoding, sorted by key and then by value: the canonical query of Signature V4. */
export function queryString(query: Query): string {
  return Object.entries(sorted(query))
    .map(([key, values]) => [encodeRfc3986(key), values] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, values]) => values.map((value) => `${key}=${encodeRfc3986(value)}`))
    .join('&');
}

function sorted(query: Query): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || (typeof value !== 'string' && value.length === 0)) continue;
    const values = typeof value === 'string' ? [value] : [...value];
    // By their encoded form, as signers do: that order differs from the plain one for some characters.
    result[key] = values
      .map((plain) => [encodeRfc3986(plain), plain] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, plain]) => plain);
  }
  return result;
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
