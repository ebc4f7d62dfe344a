import {
  createServer,
  type IncomingMessage,
  request as send,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { KBASE } from './world.js';

/** A request as the stub got it. */
interface Got {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What KBase's service answers at `/polaris`, by its document of today; anything else is a 404 of its own. */
const KNOWN: Record<string, object> = {
  'POST /polaris/user_provision/fred': {
    client_id: 'id-1',
    client_secret: 'polaris-secret-1',
    personal_catalog: 'user_fred',
  },
  'POST /polaris/credentials/rotate/fred': {
    client_id: 'id-1',
    client_secret: 'polaris-secret-2',
    personal_catalog: 'user_fred',
  },
  'GET /polaris/effective-access/me': { username: 'fred', personal_catalog: 'user_fred', group_tenants: [] },
};

describe('calls for Polaris', () => {
  let stack: Stack;
  let server: Server;
  const got: Got[] = [];
  /** Replaces the answer of the stub. */
  let instead: ((response: ServerResponse) => void) | undefined;
  const fred = () => stack.person('fred');
  /** The path as it is written: URLs would resolve `%2e%2e` before it is sent. */
  const statusOf = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${fred().token}` };
      send({ host: '127.0.0.1', port: stack.service.port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request;
    const chunks = await request.toArray();
    got.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    if (instead) return instead(response);
    const known = KNOWN[`${method} ${url?.split('?')[0]}`];
    response.writeHead(known ? 200 : 404, {
      'content-type': 'application/json',
      'x-inner': 'not for clients',
    });
    response.end(JSON.stringify(known ?? { error: 40030, error_type: 'Tenant not found', message: 'none' }));
  };

  beforeAll(async () => {
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    stack = await startStack({ env: { ...KBASE, KBASE_POLARIS_URL: `http://127.0.0.1:${port}/` } });
    stack.secrets.add('a secret of Polaris', 'polaris-secret-1');
    stack.secrets.add('a new secret of Polaris', 'polaris-secret-2');
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    server?.closeAllConnections();
    server?.close();
  });
  beforeEach(() => {
    got.length = 0;
    instead = undefined;
  });

  it("go to the configured service with the caller's own token, and their answers come back", async () => {
    const headers = {
      'x-request-id': 'request-0001',
      cookie: 'a=b',
      'x-secret': 'x',
      connection: 'keep-alive',
    };
    const {
      status,
      body,
      headers: answered,
    } = await fred().get('/polaris/effective-access/me?deep=1', { headers });
    expect([status, body]).toEqual([200, KNOWN['GET /polaris/effective-access/me']]);
    expect([answered['cache-control'], answered['x-inner'], answered['x-request-id']]).toEqual([
      ...['no-store', undefined, 'request-0001'],
    ]);
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({ method: 'GET', url: '/polaris/effective-access/me?deep=1', body: '' });
    expect(got[0]?.headers).toMatchObject({
      authorization: `Bearer ${fred().token}`,
      'x-request-id': 'request-0001',
    });
    expect(Object.keys(got[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']));
    expect(got[0]?.headers['x-secret']).toBeUndefined();
  });

  it('carry the body as it is, and errors keep their status', async () => {
    const path = '/polaris/management/tenants/kbase/reconcile-trino/';
    const { status, body } = await stack.admin.post(path, { exclude_groups: ['a'] });
    expect([status, body.error]).toEqual([404, 40030]);
    expect(got[0]).toMatchObject({ method: 'POST', url: path, body: '{"exclude_groups":["a"]}' });
  });

  it('never leave /polaris/, and need a valid token of a person', async () => {
    for (const path of [
      '%2e%2e/management/users',
      '..%2fmanagement',
      'a//b',
      '',
      'a%00b',
      'a/%2e./b',
      'a%3fb',
    ]) {
      const status = await statusOf(`/polaris/${path}`);
      expect([path, [400, 404].includes(status)]).toEqual([path, true]);
    }
    expect((await stack.service.request('GET', '/polaris/effective-access/me')).status).toBe(401);
    expect(
      (await stack.service.request('GET', '/polaris/effective-access/me', { token: 'Bearer nonsense' }))
        .status,
    ).toBe(401);
    expect(got).toEqual([]);
  });

  it('follow no redirect', async () => {
    instead = (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    const { status, body } = await fred().get('/polaris/effective-access/me');
    expect([status, body]).toEqual([
      502,
      { error: null, error_type: 'Polaris service error', message: expect.any(String) },
    ]);
    expect(got).toHaveLength(1);
  });

  it('take no endless answer, and no broken one', async () => {
    instead = (response) => response.end('x'.repeat(5 * 1024 * 1024));
    expect((await fred().get('/polaris/effective-access/me')).status).toBe(502);
    instead = (response) => response.destroy();
    expect((await fred().post('/polaris/user_provision/fred')).body).toEqual({
      ...{
        error: null,
        error_type: 'Polaris service does not answer',
        message: 'The Polaris service does not answer',
      },
    });
    expect(got).toHaveLength(2);
  });

  it('fill the four fields of today in the answer with credentials', async () => {
    const { body } = await fred().get('/credentials/');
    expect(body).toEqual({
      username: 'fred',
      access_key: 'fred',
      secret_key: body.s3_secret_key,
      s3_access_key: 'fred',
      s3_secret_key: expect.stringMatching(/^.{20,}$/),
      polaris_client_id: 'id-1',
      polaris_client_secret: 'polaris-secret-1',
    });
    const rotated = (await fred().post('/credentials/rotate')).body;
    expect(rotated.secret_key).not.toBe(body.secret_key);
    expect(rotated.polaris_client_secret).toBe('polaris-secret-2');
    expect(got.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /polaris/user_provision/fred',
      'POST /polaris/credentials/rotate/fred',
    ]);
  });

  it('do not keep the pair from anybody when the service fails', async () => {
    const failures: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(500).end('{"client_id": "x"}'),
      (response) => response.end('polaris-secret-1 is no JSON'),
      (response) => response.destroy(),
      () => undefined,
    ];
    for (const failure of failures) {
      instead = failure;
      const { status, body } = await fred().get('/credentials/');
      expect([status, Object.keys(body)]).toEqual([
        200,
        ['username', 'access_key', 'secret_key', 's3_access_key', 's3_secret_key'],
      ]);
    }
  });

  it('are not forwarded without the setting, which needs the module', async () => {
    await stack.restart({ KBASE_POLARIS_URL: '' });
    expect((await fred().get('/polaris/effective-access/me')).status).toBe(404);
    expect(Object.keys((await fred().get('/credentials/')).body)).toEqual([
      'username',
      'access_key',
      'secret_key',
    ]);
    expect(got).toEqual([]);
  });
});
