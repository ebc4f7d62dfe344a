import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exited, spawnTied, waitFor } from '../../../scripts/child.mjs';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { pgliteDir } from '../../support/database/database.js';
import { type KbaseStub, startKbaseStub } from '../../support/people/kbase.js';
import { type MinioServer, startMinio } from '../../support/servers/minio.js';
import { ServiceEnded, startService } from '../../support/service/service.js';

/** A start of the service takes seconds, on a busy machine many. */
const SLOW = 120_000;
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

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
      expect(names).toEqual([...Object.keys(env), 'HOST', 'PATH', 'PORT', 'PROVIDERS_DIR'].sort());
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
