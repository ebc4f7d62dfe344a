import { request as httpRequest } from 'node:http';
import type { Answer, Service } from './service.js';

const SOME = expect.stringMatching(/./) as string;

/** Checks that an answer is a problem as the contract wants every one to be; gives its status and code. */
export function problemOf({ status, headers, body }: Answer, request = ''): [number, string] {
  expect([request, status, headers['content-type']?.split(';')[0], body]).toEqual([
    request,
    expect.any(Number),
    'application/problem+json',
    {
      type: expect.stringMatching(/^[a-z][a-z0-9+.-]*:\S+$/),
      title: expect.stringMatching(/./),
      status,
      detail: expect.stringMatching(/./),
      code: expect.stringMatching(/^[a-z_]+$/),
      request_id: headers['x-request-id'],
      ...('errors' in body ? { errors: expect.any(Array) } : {}),
      // what a refusal of a whole list has beside
      ...('results' in body ? { results: expect.any(Array) } : {}),
    },
  ]);
  expect(body.request_id).toMatch(/^[\w-]{8,64}$/);
  for (const error of body.errors ?? []) {
    expect(error).toEqual('file' in error ? fileError(error) : { field: SOME, rule: SOME });
    // said once: a client shows both
    expect(body.detail).not.toContain(error.rule ?? error.message);
  }
  return [status, body.code];
}

/** What an error in a file has, for `provider_invalid`. */
function fileError(error: object): object {
  const place = { file: SOME, line: expect.any(Number), column: expect.any(Number) };
  return { ...place, message: SOME, ...('suggestion' in error ? { suggestion: SOME } : {}) };
}

export interface RawRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** In pieces: sent without a length. */
  body?: string | Buffer | string[];
}

/** A request exactly as it is written: no path is tidied up, no header added but the token. */
export function rawRequest(service: Service, token: string | undefined, raw: RawRequest): Promise<Answer> {
  const { method = 'GET', path, body } = raw;
  const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...raw.headers };
  return new Promise((resolve, reject) => {
    let answered = false;
    const request = httpRequest(
      { host: '127.0.0.1', port: service.port, method, path, headers, agent: false },
      (answer) => {
        answered = true;
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
          const found = Object.fromEntries(flat) as Record<string, string>;
          const isJson = /\bjson\b/.test(found['content-type'] ?? '');
          resolve({ status: answer.statusCode ?? 0, headers: found, body: isJson ? JSON.parse(text) : text });
        });
      },
    );
    // A body that is too large may be cut off by the answer to it.
    request.on('error', (error) => (answered ? undefined : reject(error)));
    if (Array.isArray(body)) for (const piece of body) request.write(piece);
    request.end(Array.isArray(body) ? undefined : body);
  });
}
