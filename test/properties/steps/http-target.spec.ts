import { Secret } from '../../../src/common/secret.js';
import { addressBelow } from '../../../src/targets/http/http-path.js';
import { type HttpCall, HttpService } from '../../../src/targets/http/http-service.js';
import { HttpTargetServer, json } from '../../support/servers/http-target.js';

const HIDDEN = 'never-shown-0815';

describe('the path of a request', () => {
  const below = (path: string, base = 'https://forge.example.org/api') => addressBelow(base, path)?.href;

  it.each(['/projects', '/projects/', '/', '/a?x=/../y//z', '/g%2Fname/x.json', '/a..b/...', '/a%20b'])(
    'goes below the address: %s',
    (path) => {
      expect(below(path)).toBe(`https://forge.example.org/api${path}`);
      expect(below(path, 'https://forge.example.org')).toBe(`https://forge.example.org${path}`);
    },
  );

  it.each([
    ...['..', '/..', '/../admin', '/a/../../admin', '/.', '/a/./b', '//other.example.org/', '/a//b'],
    ...['/%2e%2e/x', '/a/.%2E/x', '/%252e%252e/x', '/%25252e%25252e/x', '/a%2f..%2fb', '/%2f%2fother'],
    ...['/a\\..\\b', '/a%5c..%5cb', '/a%5cb', 'https://other.example.org/', '@other.example.org/', '/a#b'],
    ...['/a b', '/a\r\nhost: x', '/%0d%0ahost', '/%00', '/\u00fc', '/%zz', '/%ff', '', 'projects'],
  ])('that may lead elsewhere is refused: %j', (path) => {
    expect([below(path), below(path, 'https://forge.example.org')]).toEqual([undefined, undefined]);
  });
});

describe('a request to an HTTP target', () => {
  let server: HttpTargetServer;
  let service: HttpService;

  beforeAll(async () => {
    server = await HttpTargetServer.start();
    const token = { value: new Secret(HIDDEN) };
    const target = { name: 'forge', kind: 'http', url: `${server.origin}/api`, teams: 'all', token } as const;
    service = new HttpService(target, 500);
  });
  afterAll(() => server.stop());
  beforeEach(() => server.received.splice(0));

  const send = (more: Partial<HttpCall> = {}) =>
    service.send({
      ...{ method: 'POST', path: '/projects', idempotencyKey: 'key-1' },
      ...{ isExpected: (status: number) => status < 300, ...more },
    });
  const failure = async (more: Partial<HttpCall> = {}): Promise<string> => {
    const error = await send(more).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error ?? {}))).not.toContain(HIDDEN);
    return `${(error as { code?: string }).code}: ${error?.message.replace(server.origin, '')}`;
  };

  it('carries the token of the target and the key, whatever a step says', async () => {
    server.answer = (_, response) => json(response, 201, { id: 7 });
    const headers = { 'X-Reason': 'test', Authorization: 'Bearer mine', 'Idempotency-Key': 'mine' };
    expect(await send({ headers, body: { a: [1] } })).toEqual({ status: 201, body: { id: 7 } });
    expect(server.received).toEqual([expect.objectContaining({ method: 'POST', path: '/api/projects' })]);
    const [{ headers: sent, body }] = server.received as [(typeof server.received)[0]];
    expect([sent.authorization, sent['idempotency-key'], sent['x-reason'], body]).toEqual([
      `Bearer ${HIDDEN}`,
      'key-1',
      'test',
      { a: [1] },
    ]);
  });

  it.each([
    [500, 'target_unavailable: POST /projects of forge: it answered 500'],
    [429, 'target_unavailable: POST /projects of forge: it answered 429'],
    [404, 'target_refused: POST /projects of forge: it answered 404'],
    [302, 'target_refused: POST /projects of forge: it answered 302, and redirects are not followed'],
  ])('that is answered with %d fails, and the answer is not told', async (status, message) => {
    server.answer = (_, response) =>
      response.writeHead(status, { location: `${server.origin}/elsewhere` }).end(HIDDEN);
    expect(await failure({ path: '/projects?token=x' })).toBe(message);
    expect(server.received).toHaveLength(1);
  });

  it('that is not answered in time, or not to its end, may be tried again', async () => {
    server.answer = () => undefined;
    expect(await failure()).toBe('target_unavailable: POST /projects of forge: no answer within 500 ms');
    server.answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":');
    expect(await failure()).toBe('target_unavailable: POST /projects of forge: no answer within 500 ms');
    server.answer = (_, response) => response.destroy();
    expect(await failure()).toBe('target_unavailable: POST /projects of forge: no answer');
  });

  it.each([
    ['no JSON', 'text/html', '<html>'],
    ['broken JSON', 'application/json', '{"a":'],
    ['too long', 'application/json', `"${'x'.repeat(1024 * 1024)}"`],
    ['too deep', 'application/json', '['.repeat(60) + ']'.repeat(60)],
    ['what no database stores', 'application/problem+json', '{"a": "\\u0000"}'],
  ])('whose answer is %s has no body', async (_, type, text) => {
    server.answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end(text);
    expect(await send()).toEqual({ status: 200, body: undefined });
  });
});
