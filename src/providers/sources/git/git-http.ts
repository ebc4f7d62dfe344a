import { request as plain } from 'node:http';
import { request as tls, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { LookupAddress } from 'node:dns';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import type { Secret } from '../../../common/secret.js';
import { SourceError, wrongField } from '../source-error.js';

/** The most bytes that a server may send for one load, the list of its branches and tags included. */
export const MAX_RECEIVED_BYTES = 16 * 1024 * 1024;

export interface GitHttpOptions {
  address: LookupAddress;
  credentials?: { username: string; token: Secret };
  /** Ends every call. */
  signal: AbortSignal;
}

/** What isomorphic-git calls a server by: one address, no redirects, and no more than {@link MAX_RECEIVED_BYTES}. */
export function gitHttp(options: GitHttpOptions): HttpClient {
  let received = 0;
  const count = (bytes: number) => {
    received += bytes;
    if (received > MAX_RECEIVED_BYTES)
      throw wrongField('git_url', `has more than ${MAX_RECEIVED_BYTES / 1024 / 1024} MiB to send`);
  };
  return {
    async request({ url, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> {
      const sent = await collected(body);
      const answer = await call(url, { method, headers }, sent, options);
      const status = answer.statusCode ?? 0;
      if (status !== 200) {
        answer.destroy();
        throw refusal(status);
      }
      // whole, so that an answer that breaks off is an error here and not in the middle of its parser
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer as AsyncIterable<Uint8Array>) {
        count(chunk.byteLength);
        chunks.push(chunk);
      }
      return {
        url,
        method,
        statusCode: status,
        statusMessage: '',
        headers: { 'content-type': answer.headers['content-type'] ?? '' },
        body: one(Buffer.concat(chunks)),
      };
    },
  };
}

function call(
  url: string,
  { method, headers }: { method: string; headers: Record<string, string> },
  body: Buffer,
  { address, credentials, signal }: GitHttpOptions,
): Promise<IncomingMessage> {
  const lookup: RequestOptions['lookup'] = (_host, wanted, answer) =>
    wanted.all ? answer(null, [address]) : answer(null, address.address, address.family);
  const options: RequestOptions = {
    method,
    lookup,
    signal,
    agent: false,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      'content-length': String(body.byteLength),
      ...(credentials ? { authorization: basic(credentials) } : {}),
    },
  };
  const send = url.startsWith('https:') ? tls : plain;
  return new Promise((resolve, reject) => {
    send(url, options, resolve).once('error', reject).end(body);
  });
}

function basic({ username, token }: { username: string; token: Secret }): string {
  return `Basic ${Buffer.from(`${username}:${token.reveal()}`).toString('base64')}`;
}

function refusal(status: number): SourceError {
  if (status >= 300 && status < 400)
    return wrongField('git_url', 'is redirected by its server: give the address that it redirects to');
  if (status === 401 || status === 403)
    return new SourceError(
      `The Git server answered ${status}: the repository needs a token that may read it`,
    );
  return new SourceError(`The Git server answered ${status}`);
}

async function collected(body: GitHttpRequest['body']): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* one(content: Uint8Array): AsyncIterableIterator<Uint8Array> {
  yield await Promise.resolve(content);
}
