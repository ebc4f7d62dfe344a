import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { problemOf } from '../../support/service/problems.js';
import { type Answer } from '../../support/service/service.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const UUID = '0b6a3f4e-6d0c-4d5e-9a53-0d2b8f4f8c11';
const WITH_BODY = operationsOf(
  JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')) as object,
)
  .filter(({ operation }) => operation.requestBody)
  .map(({ name }) => name);
const LONG = 'x'.repeat(20 * 1024);

describe('what is hardly a request', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, WEBHOOK_TOKEN: 'a-token-of-the-portal' } });
  }, START_MS);
  afterAll(() => stack?.stop());

  it.each<[string, string, number, string]>([
    ['no HTTP', 'NONSENSE\r\n\r\n', 400, 'malformed_request'],
    ['another version', 'GET /me HTTP/9.9\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    [
      'a header with a space in its name',
      'GET /me HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['no host', 'GET /me HTTP/1.1\r\n\r\n', 400, 'malformed_request'],
    [
      'two lengths',
      'POST /me HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
      400,
      'malformed_request',
    ],
    [
      'a length that is none',
      'POST /me HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n{}',
      400,
      'malformed_request',
    ],
    ['a long header', `GET /me HTTP/1.1\r\nHost: x\r\nX-Long: ${LONG}\r\n\r\n`, 431, 'headers_too_large'],
    ['a long address', `GET /${LONG} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'headers_too_large'],
    [
      'another expectation',
      'POST /me HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n',
      417,
      'expectation_failed',
    ],
  ])('is a problem answer: %s', async (_, text, status, code) => {
    expect(problemOf(await exchange(stack.service.port, text))).toEqual([status, code]);
  });

  it.each(['lists', 'objects'])('is 400 when it is nested thousands deep in %s, everywhere', async (what) => {
    const deep = (depth: number) =>
      what === 'lists'
        ? `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
        : `${'{"a":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    expect(WITH_BODY.some((name) => name.includes('webhooks'))).toBe(true);
    for (const name of WITH_BODY)
      for (const depth of [3000, 9000]) {
        const [method = '', template = ''] = name.split(' ');
        const path = template
          .replace('{user}', 'admin')
          .replace('{group}', 'Team')
          .replace(/\{\w+\}/g, UUID);
        const query = /webhooks|^\/$/.test(path) ? '?token=a-token-of-the-portal' : '';
        const answer = await stack.service.request(method, `${path}${query}`, {
          token: `Bearer ${stack.admin.token}`,
          headers: { 'content-type': 'application/json' },
          body: deep(depth),
        });
        expect([name, depth, ...problemOf(answer, name)]).toEqual([name, depth, 400, 'malformed_request']);
      }
    expect((await stack.admin.get('/me')).status).toBe(200);
  });
});

/** Sends a text as it is; the answer, read by hand. */
function exchange(port: number, text: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [head = '', body = ''] = said.split('\r\n\r\n');
      const [first = '', ...lines] = head.split('\r\n');
      const headers = Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 2),
        ]),
      );
      if (body.length < Number(headers['content-length'])) return;
      socket.destroy();
      resolve({ status: Number(first.split(' ')[1]), headers, body: JSON.parse(body) as unknown });
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`closed after: ${said}`)));
  });
}
