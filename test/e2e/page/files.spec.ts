import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { addPageHeaders } from '../../../src/page/files/page-headers.js';
import { servePageFiles } from '../../../src/page/files/page-files.js';
import { tempDir } from '../../support/service/temp.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const GUARDED = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': expect.stringContaining('camera=()'),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const INDEX = '<!doctype html><title>page</title>';
const SECRET = 'not for the page';

/** Addresses that try to leave the folder. */
const ESCAPES = [
  ...['/ui/../secret.txt', '/ui/%2e%2e/secret.txt', '/ui/..%2fsecret.txt', '/ui/..%5csecret.txt'],
  ...[
    '/ui/assets/../../secret.txt',
    '/ui//secret.txt',
    '/ui/%2e%2e%2f%2e%2e%2fetc/passwd',
    '/ui/....//secret.txt',
  ],
  ...[
    '/ui/.env',
    '/ui/assets/.hidden',
    '/ui/index.html%00.txt',
    '/ui/%00',
    '/ui/secret.txt%00',
    '/ui/link.txt/',
  ],
  ...['/ui/%ff', '/ui/assets%5c..%5c..%5csecret.txt', '/ui/%252e%252e/secret.txt', '//ui/../secret.txt'],
];

describe('the files of the page', () => {
  let server: FastifyInstance;
  let port: number;

  /** The path goes out as it is written here: clients would tidy it. */
  const raw = (path: string, method = 'GET') =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString())).once('end', () => resolve(text));
      socket.once('error', reject);
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`);
    });
  const get = (url: string) => server.inject({ method: 'GET', url });

  beforeAll(async () => {
    const above = tempDir('page');
    const folder = join(above, 'ui');
    mkdirSync(join(folder, 'assets'), { recursive: true });
    writeFileSync(join(above, 'secret.txt'), SECRET);
    writeFileSync(join(folder, 'index.html'), INDEX);
    writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
    for (const name of ['.env', 'assets/.hidden']) writeFileSync(join(folder, name), SECRET);
    writeFileSync(join(folder, 'assets', 'index-BxYz0_1a.js'), 'run()');
    server = fastify();
    addPageHeaders(server);
    servePageFiles(server, folder);
    await server.listen({ port: 0, host: '127.0.0.1' });
    port = (server.server.address() as { port: number }).port;
  });
  afterAll(() => server?.close());

  it('are kept for ever if their names have a hash, and asked about otherwise', async () => {
    const script = await get('/ui/assets/index-BxYz0_1a.js');
    expect([script.statusCode, script.body]).toEqual([200, 'run()']);
    expect(script.headers).toMatchObject({
      ...GUARDED,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('javascript'),
    });
    for (const url of ['/ui/', '/ui/index.html', '/ui/favicon.svg'])
      expect((await get(url)).headers['cache-control']).toBe('no-cache');
    const { etag } = (await get('/ui/')).headers;
    const again = await server.inject({ url: '/ui/', headers: { 'if-none-match': String(etag) } });
    expect(again.statusCode).toBe(304);
  });

  it.each([
    '/ui/',
    '/ui/shares',
    '/ui/access/below',
    '/ui/users/alice?tab=keys',
    '/ui/login',
    '/%75i/shares',
  ])('are the page at each of its addresses: %s', async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.body]).toEqual([200, INDEX]);
    expect(answer.headers).toMatchObject({ ...GUARDED, 'cache-control': 'no-cache' });
  });

  it.each(['/ui/missing.js', '/ui/assets/index-00000000.js', '/ui/api/nothing', '/ui/api/'])(
    'are not the page where a file or a call is missing: %s',
    async (url) => {
      const answer = await get(url);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
      expect(answer.headers).toMatchObject(GUARDED);
    },
  );

  it.each(ESCAPES)('are all that is given: %s', async (path) => {
    const answer = await raw(path);
    expect(answer).toMatch(/^HTTP\/1.1 [234]/);
    expect(answer).not.toContain(SECRET);
    expect(answer).not.toContain('root:');
  });

  it('begin at /ui/, where /ui leads', async () => {
    const { statusCode, headers } = await get('/ui');
    expect([statusCode, headers.location]).toEqual([302, 'ui/']);
  });
});

describe('a service with the page', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  }, START_MS);
  afterAll(() => stack?.stop());

  it.each<[string, string, number[]]>([
    ['GET', '/ui/', [200, 404]],
    ['HEAD', '/ui/', [200, 404]],
    ['GET', '/ui/shares', [200, 404]],
    ['GET', '/ui/missing.js', [404]],
    ['POST', '/ui/', [404, 405]],
    ['GET', '/ui/api/session', [200]],
    ['POST', '/ui/api/login/token', [403]],
    ['DELETE', '/ui/api/session', [405]],
    ['GET', '/%75i/api/session', [200]],
  ])('guards every answer below /ui/: %s %s', async (method, path, statuses) => {
    const { status, headers } = await stack.service.request(method, path);
    expect(statuses).toContain(status);
    expect(headers).toMatchObject(GUARDED);
    if (path.includes('/api/')) expect(headers['cache-control']).toBe('no-store');
  });

  it('says how the page is built if it is not, and answers the API as before', async () => {
    const { status, headers, body } = await stack.service.request('GET', '/ui/');
    expect(headers['content-type']).toMatch(/^text\/html/);
    if (status === 404) expect(body).toContain('npm run build');
    const { headers: others } = await stack.service.request('GET', '/livez');
    expect(others['content-security-policy']).toBeUndefined();
  });
});
