import { existsSync } from 'node:fs';
import { ownsPort } from '../../../scripts/port-owner.mjs';
import { type MinioServer, startMinio } from '../../support/servers/minio.js';
import { type Proxy, startProxy } from '../../support/network/proxy.js';
import { S3, outcome } from '../../support/access/s3.js';

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
      const silent = fetch(`${minio.endpoint}/minio/health/ready`, { signal: AbortSignal.timeout(300) });
      await expect(silent).rejects.toThrow('timeout');
    } finally {
      minio.resume();
    }
    expect((await fetch(`${minio.endpoint}/minio/health/ready`)).status).toBe(200);
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
      const url = `${proxy.endpoint}/minio/health/ready`;
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

function keysOf({ endpoint, accessKey, secretKey }: MinioServer) {
  return { endpoint, accessKey, secretKey };
}
