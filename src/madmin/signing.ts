import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
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

export interface SignerOptions {
  /** Host and port as in the Host header. */
  host: string;
  /** `s3` for the admin API, `sts` for AssumeRole: MinIO answers SignatureDoesNotMatch for the other one. */
  service: 's3' | 'sts';
  region: string;
  credentials: Credentials;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const HASH_OF_NOTHING = hash('sha256', '');

/**
 * AWS Signature Version 4 in headers, for MinIO: every header that is given is signed. Keys are KeyObjects, because Node 24 recognizes a key
 * of plain bytes by catching its own error: 33 µs for each HMAC instead of 5.
 */
export class Signer {
  readonly #options: SignerOptions;
  /** The key of one day, in UTC. */
  #derived: { day: string; key: KeyObject } | undefined;

  constructor(options: SignerOptions) {
    this.#options = options;
  }

  sign({ method, path, query = {}, headers, body }: Unsigned, date = new Date()): Signed {
    const { host, region, service, credentials } = this.#options;
    const text = queryString(query);
    const content = body ? hash('sha256', body) : HASH_OF_NOTHING;
    const time = date.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const all: Record<string, string> = {
      host,
      ...headers,
      'x-amz-content-sha256': content,
      'x-amz-date': time,
    };
    const names = Object.keys(all).sort();
    const lines = names.map((name) => `${name}:${(all[name] ?? '').trim().replace(/\s+/g, ' ')}\n`).join('');
    const signedHeaders = names.join(';');
    const canonical = `${method}\n${path}\n${text}\n${lines}\n${signedHeaders}\n${content}`;
    const day = time.slice(0, 8);
    const scope = `${day}/${region}/${service}/aws4_request`;
    const signature = createHmac('sha256', this.#keyOf(day))
      .update(`${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical)}`)
      .digest('hex');
    // Headers are written byte by byte: an access key outside ASCII must be UTF-8 by then.
    const accessKey = Buffer.from(credentials.accessKey).toString('latin1');
    all.authorization = `${ALGORITHM} Credential=${accessKey}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return { target: text ? `${path}?${text}` : path, headers: all };
  }

  #keyOf(day: string): KeyObject {
    if (this.#derived?.day === day) return this.#derived.key;
    const { credentials, region, service } = this.#options;
    const parts = [day, region, service, 'aws4_request'];
    const key = parts.reduce(
      (before, part) => createSecretKey(createHmac('sha256', before).update(part).digest()),
      createSecretKey(`AWS4${credentials.secretKey}`, 'utf8'),
    );
    this.#derived = { day, key };
    return key;
  }
}

/** Keys and values in RFC 3986 encoding, sorted by key and then by value: the canonical query of Signature V4. */
export function queryString(query: Query): string {
  const pairs: [key: string, values: string[]][] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const values = typeof value === 'string' ? [value] : value;
    // Sorted by their encoded form, as servers do: that order differs from the plain one for some characters.
    pairs.push([encodeRfc3986(key), values.map(encodeRfc3986).sort()]);
  }
  return pairs
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, values]) => values.map((value) => `${key}=${value}`))
    .join('&');
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
