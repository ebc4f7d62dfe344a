import { createHash, createHmac } from 'node:crypto';
import { request } from 'undici';
import type { Credential } from '../access/probe.js';

export interface Sent {
  method?: 'GET' | 'PUT' | 'DELETE';
  /** Encoded, with its slash. */
  path: string;
  query?: [key: string, value: string][];
  /** How the query is spelled on its way, where that is not how it is signed. */
  spelled?: (query: string) => string;
  /** Sent, but not signed. */
  unsigned?: Record<string, string>;
  body?: string | Buffer;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  text: string;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** A request as it stands. */
export async function send(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string | Buffer },
): Promise<Reply> {
  const answer = await request(url, {
    method: method as 'GET',
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(flat) as Record<string, string>,
    text: await answer.body.text(),
  };
}

/** A request that is signed in its headers, over its host, its date and its body alone. */
export function sendSigned(endpoint: string, as: Credential, sent: Sent): Promise<Reply> {
  const { method = 'GET', path, query = [], spelled = String, unsigned = {}, body } = sent;
  const { date, scope, host } = signing(endpoint);
  const hash = sha256(body ?? '');
  const headers: Record<string, string> = { host, 'x-amz-content-sha256': hash, 'x-amz-date': date };
  if (as.session_token) headers['x-amz-security-token'] = as.session_token;
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const text = canonical(query);
  const signature = sign(as, date, scope, [method, path, text, lines, names.join(';'), hash].join('\n'));
  const authorization = `AWS4-HMAC-SHA256 Credential=${as.access_key}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return send(`${endpoint}${path}${text ? `?${spelled(text)}` : ''}`, {
    method,
    headers: { ...headers, ...unsigned, authorization },
    ...(body === undefined ? {} : { body }),
  });
}

/** An address that whoever has it may use for ten minutes. */
export function presign(
  endpoint: string,
  as: Credential,
  { method = 'GET', path, query: more = [] }: Sent,
): string {
  const { date, scope, host } = signing(endpoint);
  const query: [string, string][] = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${as.access_key}/${scope}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', '600'],
    ['X-Amz-SignedHeaders', 'host'],
    ...more,
  ];
  if (as.session_token) query.push(['X-Amz-Security-Token', as.session_token]);
  const text = canonical(query);
  const signature = sign(
    as,
    date,
    scope,
    [method, path, text, `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n'),
  );
  return `${endpoint}${path}?${text}&X-Amz-Signature=${signature}`;
}

/** The address of a request by somebody whose signature is made up. */
export function forge(
  endpoint: string,
  { access_key }: Pick<Credential, 'access_key'>,
  path: string,
): string {
  const { date, scope } = signing(endpoint);
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${access_key}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '0'.repeat(64),
  });
  return `${endpoint}${path}?${query.toString()}`;
}

export function signing(endpoint: string): { date: string; scope: string; host: string } {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return { date, scope: `${date.slice(0, 8)}/us-east-1/s3/aws4_request`, host: new URL(endpoint).host };
}

/** Sorted by key alone, as MinIO does it: the values of a repeated key stay in their order. */
function canonical(query: [string, string][]): string {
  return query
    .map(([key, value]) => [encode(key), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map((pair) => pair.join('='))
    .join('&');
}

function sign({ secret_key }: Credential, date: string, scope: string, canonicalRequest: string): string {
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest)].join('\n');
  let key: Buffer | string = `AWS4${secret_key}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(text).digest('hex');
}
