import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { exited, spawnTied, waitFor } from '../../scripts/child.mjs';
import { ROOT, findNode } from '../../scripts/node.mjs';
import { ownsPort } from '../../scripts/port-owner.mjs';
import { pgliteDir } from '../support/database.js';
import { type KbaseStub, startKbaseStub } from '../support/kbase.js';
import { type MinioServer, startMinio } from '../support/minio.js';
import { type PostgresServer, hasPostgres, startPostgres } from '../support/postgres.js';
import { type Proxy, startProxy } from '../support/proxy.js';
import { S3, outcome } from '../support/s3.js';
import { ServiceEnded, startService } from '../support/service.js';

/** A start of the service takes seconds, on a busy machine many. */
const SLOW = 120_000;
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

describe('a real MinIO', () => {
  let minio: MinioServer;
  let proxy: Proxy;
  let root: S3;

  beforeAll(async () => {
    minio = await startMinio();
    proxy = await startProxy(minio.endpoint);
    root = new S3({ ...keysOf(minio), endpoint: proxy.endpoint });
    await root.createBucket('lake');
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    root.close();
    await proxy.stop();
    await minio.remove();
    expect(existsSync(minio.dataDir)).toBe(false);
  });

  it('takes the keys it was given and keeps its data over kill and start', async () => {
    await root.put('lake', 'a', 'text');
    const { pid, endpoint } = minio;
    await minio.kill();
    expect(isAlive(pid)).toBe(false);
    expect(await outcome(() => root.get('lake', 'a'))).not.toBe('ok');
    await minio.start();
    expect([minio.endpoint, minio.pid === pid]).toEqual([endpoint, false]);
    expect(await root.get('lake', 'a')).toBe('text');
    const stranger = new S3({ ...keysOf(minio), secretKey: 'not-the-secret' });
    expect(await outcome(() => stranger.get('lake', 'a'))).toBe('SignatureDoesNotMatch');
    expect(await outcome(() => stranger.head('lake', 'a'))).toBe('AccessDenied');
    expect(await outcome(() => root.head('lake', 'missing'))).toBe('NotFound');
  });

  it('answers on its console', async () => {
    const login = await fetch(`${minio.consoleEndpoint}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ accessKey: minio.accessKey, secretKey: minio.secretKey }),
    });
    expect(login.status).toBe(204);
  });

  it('says nothing while it is paused', async () => {
    minio.pause();
    try {
      const silent = fetch(`${minio.endpoint}/minio/health/live`, { signal: AbortSignal.timeout(300) });
      await expect(silent).rejects.toThrow('timeout');
    } finally {
      minio.resume();
    }
    expect((await fetch(`${minio.endpoint}/minio/health/live`)).status).toBe(200);
  });

  it('is not taken for another server that holds the port', async () => {
    await expect(startMinio({ port: minio.port })).rejects.toThrow(`port ${minio.port}`);
    expect(ownsPort(minio.pid, minio.port)).toBe(true);
    expect(ownsPort(process.pid, minio.port)).toBe(false);
  });

  it('stores multipart uploads, lists and deletes', async () => {
    await root.multipart('lake', 'folder/big', [new Uint8Array(5 * 1024 * 1024), new Uint8Array(3)]);
    await root.multipart('lake', 'folder/gone', [new Uint8Array(3)], 'abort');
    expect(await root.list('lake', 'folder/')).toEqual(['folder/big']);
    expect(await root.list('lake', 'fold', '/')).toEqual(['folder/']);
    await root.delete('lake', 'folder/big');
    expect(await root.list('lake', 'folder/')).toEqual([]);
    expect(await outcome(() => root.get('lake', 'folder/big'))).toBe('NoSuchKey');
  });

  describe('behind the proxy', () => {
    const calls = () => proxy.calls.map(({ method, path, status }) => `${method} ${path} ${status}`);

    it('records what passes, with who signed it', async () => {
      await root.put('lake', 'seen');
      expect(calls()).toEqual(['PUT /lake/seen 200']);
      expect(proxy.calls[0]?.accessKey).toBe(minio.accessKey);
      expect(proxy.calls[0]?.query.get('x-id')).toBe('PutObject');
    });

    it('drops the answer of a request that was applied', async () => {
      proxy.fail(1, 'drop-answer');
      expect(await outcome(() => root.put('lake', 'applied'))).toBe('ECONNRESET');
      expect(await root.list('lake', 'applied')).toEqual(['applied']);
    });

    it.each(['drop', { answer: 503 }] as const)('keeps the request from MinIO: %j', async (fault) => {
      proxy.fail(({ method }) => method === 'PUT', fault);
      expect(await outcome(() => root.put('lake', 'lost'))).not.toBe('ok');
      expect(await root.list('lake', 'lost')).toEqual([]);
    });

    it('hangs, delays and truncates', async () => {
      await root.put('lake', 'text', 'a longer text');
      proxy.reset();
      proxy.fail(1, 'hang');
      proxy.fail(2, { delayMs: 150 });
      proxy.fail(3, { truncate: 4 });
      const url = `${proxy.endpoint}/minio/health/live`;
      await expect(fetch(url, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
      const started = performance.now();
      expect((await fetch(url)).status).toBe(200);
      expect(performance.now() - started).toBeGreaterThanOrEqual(149);
      expect(await outcome(() => root.get('lake', 'text'))).not.toBe('ok');
      expect(await root.get('lake', 'text')).toBe('a longer text');
    });

    it('runs hooks before and after a call, and one before can keep it back', async () => {
      const seen: string[] = [];
      const there = async () => (await new S3(keysOf(minio)).list('lake', 'hooked')).length;
      proxy.hook(1, {
        before: async () => void seen.push(`before: ${await there()}`),
        after: async () => void seen.push(`after: ${await there()}`),
      });
      proxy.hook(2, { before: () => 'drop' });
      await root.put('lake', 'hooked/1');
      expect(await outcome(() => root.put('lake', 'hooked/2'))).not.toBe('ok');
      expect(seen).toEqual(['before: 0', 'after: 1']);
      expect(await there()).toBe(1);
    });

    it('refuses connections and accepts them again on the same port', async () => {
      const { endpoint } = proxy;
      await proxy.refuse();
      expect(await outcome(() => root.list('lake', ''))).toBe('ECONNREFUSED');
      await proxy.accept();
      expect(proxy.endpoint).toBe(endpoint);
      expect(await outcome(() => root.list('lake', ''))).toBe('ok');
    });
  });
});

describe('the KBase stub', () => {
  let stub: KbaseStub;
  beforeAll(async () => {
    stub = await startKbaseStub({
      tokens: {
        good: { user: 'alice', customroles: ['CDM'] },
        old: { user: 'bob', expires: Date.now() - 1 },
        off: { user: 'carol', disabled: true },
      },
      cachefor: 1234,
    });
  });
  afterAll(() => stub.stop());

  const ask = async (path: string, authorization?: string, accept = 'application/json') => {
    const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
    const response = await fetch(stub.url + path, { headers });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
  const error = (answer: { text: string }) => JSON.parse(answer.text).error;

  it('knows a raw token only', async () => {
    const token = await ask('/api/V2/token', 'good');
    expect(JSON.parse(token.text)).toMatchObject({
      type: 'Login',
      user: 'alice',
      cachefor: 1234,
      name: null,
    });
    expect(JSON.parse((await ask('/api/V2/me', 'good')).text)).toMatchObject({
      user: 'alice',
      customroles: ['CDM'],
    });
    expect(JSON.parse((await ask('/')).text).servicename).toBe('Authentication Service');
    const refused = await ask('/api/V2/token', 'Bearer good');
    expect([refused.status, error(refused).appcode, error(refused).message]).toEqual([
      401,
      10020,
      '10020 Invalid token',
    ]);
    expect(error(await ask('/api/V2/me', 'old')).appcode).toBe(10020);
    const disabled = await ask('/api/V2/token', 'off');
    expect([disabled.status, error(disabled).message]).toEqual([403, '20010 Account disabled']);
  });

  it('answers with the envelope of the real one', async () => {
    expect(error(await ask('/api/V2/token'))).toEqual({
      httpcode: 400,
      httpstatus: 'Bad Request',
      appcode: 10010,
      apperror: 'No authentication token',
      message: '10010 No authentication token: No user token provided',
      callid: expect.any(String),
      time: expect.any(Number),
    });
  });

  it.each(['*/*', 'text/html', 'text/html, application/json;q=0.5', ''])(
    'gives a web page to Accept: %s',
    async (accept) => {
      expect((await ask('/api/V2/token', 'good', accept)).type).toBe('text/html');
    },
  );

  it('changes at run time, counts, fails as told and comes back', async () => {
    stub.hits.length = 0;
    stub.setToken('later', { user: 'dave' });
    expect((await ask('/api/V2/token', 'later')).status).toBe(200);
    stub.removeToken('later');
    expect((await ask('/api/V2/token', 'later')).status).toBe(401);
    expect([stub.count(), stub.count('/api/V2/token'), stub.count('/api/V2/me')]).toEqual([2, 2, 0]);
    stub.fault = 503;
    expect((await ask('/api/V2/token', 'good')).status).toBe(503);
    stub.fault = 'drop';
    await expect(ask('/api/V2/token', 'good')).rejects.toThrow('fetch failed');
    stub.fault = 'hang';
    await expect(fetch(stub.url, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    stub.fault = undefined;
    const { url } = stub;
    await stub.stop();
    await expect(ask('/')).rejects.toThrow('fetch failed');
    await stub.start();
    expect(stub.url).toBe(url);
    expect((await ask('/api/V2/token', 'good')).status).toBe(200);
  });
});

(hasPostgres() ? describe : describe.skip)('a real PostgreSQL', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  it('makes databases, also copies, and is gone after stop', async () => {
    const first = await postgres.createDatabase('first');
    await query(first, 'create table t as select 7 as n');
    const copy = await postgres.createDatabase(undefined, 'first');
    expect(copy).not.toBe(first);
    expect(await query(copy, 'select n from t')).toEqual([{ n: 7 }]);
    const { pid } = postgres;
    expect(isAlive(pid)).toBe(true);
    await postgres.stop();
    expect(isAlive(pid)).toBe(false);
  });
});

describe('the built service', () => {
  let minio: MinioServer;
  let kbase: KbaseStub;
  beforeAll(async () => {
    [minio, kbase] = await Promise.all([startMinio(), startKbaseStub({ tokens: { t: { user: 'alice' } } })]);
  });
  afterAll(async () => {
    await Promise.all([minio.remove(), kbase.stop()]);
  });

  const environment = () => ({
    DATA_DIR: pgliteDir(),
    MINIO_ENDPOINT: minio.endpoint,
    MINIO_ROOT_USER: minio.accessKey,
    MINIO_ROOT_PASSWORD: minio.secretKey,
    KBASE_AUTH_URL: kbase.url,
  });

  it(
    'runs with exactly its environment on a copy of a migrated database',
    async () => {
      const env = environment();
      expect(readdirSync(env.DATA_DIR)).toEqual(['pglite']);
      expect(pgliteDir()).not.toBe(env.DATA_DIR);
      const service = await startService({ env });
      const inside = readFileSync(`/proc/${service.pid}/environ`, 'utf8').split('\0').filter(Boolean);
      const names = inside.map((line) => line.replace(/=.*/s, '')).sort();
      expect(names).toEqual([...Object.keys(env), 'HOST', 'PATH', 'PORT'].sort());
      expect(await service.request('POST', '/users/alice', { token: 't', body: {} })).toMatchObject({
        status: 201,
        headers: { 'cache-control': 'no-store' },
        body: { user_name: 'alice' },
      });
      expect((await service.request('GET', '/users/alice')).status).toBe(401);
      expect(
        (await service.request('POST', '/users/alice', { token: 't', body: 'no JSON' })).status,
      ).not.toBe(200);
      service.pause();
      await expect(service.request('GET', '/livez', { timeoutMs: 300 })).rejects.toThrow('Timeout');
      service.resume();
      expect((await service.request('GET', '/livez')).status).toBe(200);
      await waitFor('the log', () => service.logs().includes('successfully started'));
      // Nest ends itself by the same signal once everything is closed.
      expect([0, 'SIGTERM']).toContain(await service.stop());
      expect(isAlive(service.pid)).toBe(false);
    },
    SLOW,
  );

  it(
    'can be killed and started again on the same folder',
    async () => {
      const env = environment();
      const first = await startService({ env });
      const pair = await first.request('POST', '/users/alice', { token: 't', body: {} });
      await first.kill();
      expect(first.isRunning()).toBe(false);
      const second = await startService({ env });
      const again = await second.request('POST', '/users/alice', { token: 't', body: { rotate: false } });
      expect(again.body.secret_key).toBe(pair.body.secret_key);
      await second.stop();
    },
    SLOW,
  );

  it(
    'says why it ended before it was ready',
    async () => {
      const failed = await startService({ env: { ...environment(), LAKE_BUCKET: '?' } }).catch(
        (error: unknown) => error,
      );
      expect(failed).toBeInstanceOf(ServiceEnded);
      expect(failed).toMatchObject({ code: 1, logs: expect.stringContaining('LAKE_BUCKET') });
    },
    SLOW,
  );
});

describe('a child of a process that is killed', () => {
  it.each(['setpriv', 'watchdog'] as const)('ends with it (%s)', async (tie) => {
    const child = join(ROOT, 'scripts', 'child.mjs');
    const script = `const { spawnTied } = await import(${JSON.stringify(child)});
      console.log(spawnTied('sleep', ['600'], { tie: '${tie}' }).pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(findNode(), ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await waitFor('the end of the child', () => !isAlive(pid), { timeoutMs: 5000 });
  });

  it('reports a command that does not exist as ended', async () => {
    const { code } = await exited(spawnTied('no-such-command', [], { stdio: 'ignore' }));
    expect(code).not.toBe(0);
  });
});

function keysOf({ endpoint, accessKey, secretKey }: MinioServer) {
  return { endpoint, accessKey, secretKey };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
