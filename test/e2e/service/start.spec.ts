import { type ChildProcess, execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, isRunning, spawnTied, waitFor } from '../../../scripts/child.mjs';
import { MINIO_VERSION, findMinio } from '../../../scripts/minio-binary.mjs';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { pgliteDir } from '../../support/database.js';
import { startKbaseStub } from '../../support/kbase.js';
import { startMinio } from '../../support/minio.js';
import { hasNginx } from '../../support/nginx.js';
import { S3, outcome } from '../../support/s3.js';
import { tempDir } from '../../support/temp.js';

const START = join(ROOT, 'scripts', 'start.mjs');
const LINUX = process.platform === 'linux';
const READY_MS = 60_000;
const SLOW = 120_000;

/** One run of the start script, with what it printed. */
class Run {
  output = '';
  readonly exit: Promise<number | NodeJS.Signals | null>;

  constructor(readonly child: ChildProcess) {
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.exit = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until the text is printed; fails at once when the run ends before that. */
  async prints(text: string): Promise<void> {
    const probe = () => {
      if (this.output.includes(text)) return true;
      if (!isRunning(this.child)) throw new Error(`ended before it printed "${text}":\n${this.output}`);
      return false;
    };
    await waitFor(`"${text}"`, probe, { timeoutMs: READY_MS }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  /** The only group in the pattern, as printed. */
  printed(pattern: RegExp): string {
    const found = pattern.exec(this.output)?.[1];
    if (found === undefined) throw new Error(`${pattern} is not in:\n${this.output}`);
    return found;
  }
}

const runs: Run[] = [];
let dataDir: string;
let env: Record<string, string>;

function run(command: string, args: string[], extra: Record<string, string> = {}): Run {
  const options = { cwd: ROOT, env: { ...env, ...extra }, detached: true };
  const started = new Run(spawnTied(command, args, options));
  runs.push(started);
  return started;
}

const startScript = (extra?: Record<string, string>) => run(findNode(), [START], extra);
// Without its prestart, which would build: the tests run on what is built.
const npmStart = (extra?: Record<string, string>) => run('npm', ['start', '--ignore-scripts'], extra);

async function readyDemo(started: Run): Promise<Run> {
  await started.prints('Ctrl-C stops everything.');
  return started;
}

/** Every process that has our data folder in its arguments or its environment. */
function processesOf(folder: string): { pid: number; command: string }[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      command: read(`/proc/${name}/cmdline`),
      own: read(`/proc/${name}/environ`),
    }))
    .filter(({ command, own }) => command.includes(folder) || own.includes(folder))
    .map(({ pid, command }) => ({ pid, command: command.replaceAll('\0', ' ') }));
}

function pidOf(part: string): number {
  const found = processesOf(dataDir).find(({ command }) => command.includes(part));
  if (!found) throw new Error(`no process of ours has ${part} in its command`);
  return found.pid;
}

const nothingLeft = () =>
  waitFor('the end of all processes', () => processesOf(dataDir).length === 0, { timeoutMs: 10_000 }).catch(
    () => {
      throw new Error(`still there: ${JSON.stringify(processesOf(dataDir))}`);
    },
  );

/** Runs a printed line in a shell, as somebody would who copies it. Not synchronous: a stub may live in this process. */
async function curl(line: string) {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { timeout: 20_000 });
  return JSON.parse(stdout);
}

(LINUX ? describe : describe.skip)('npm start', () => {
  beforeAll(async () => {
    dataDir = pgliteDir();
    env = {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      MINIO_BINARY: await findMinio(),
      DATA_DIR: dataDir,
      PORT: String(await freePort()),
      DEMO_MINIO_PORT: String(await freePort()),
      DEMO_CONSOLE_PORT: String(await freePort()),
    };
  }, READY_MS);
  // A test that failed half-way must not leave a server behind for the next.
  afterEach(async () => {
    for (const { child } of runs.splice(0)) if (isRunning(child)) child.kill('SIGKILL');
    await nothingLeft();
  });

  it(
    'shows a demo whose first command works, and SIGTERM to npm ends all of it',
    async () => {
      const demo = await readyDemo(npmStart());
      expect(demo.output).toContain('DEMO: MINIO_ENDPOINT is not set');
      const pair = await curl(demo.printed(/^ {2}(curl .*\/users\/alice)$/m));
      expect(pair).toMatchObject({ user_name: 'alice', access_key: 'alice', created: true });
      const minio = demo.printed(/MinIO {10}(http\S+)/);
      const alice = new S3({ endpoint: minio, accessKey: pair.access_key, secretKey: pair.secret_key });
      expect(await outcome(() => alice.put('cdm-lake', 'users-warehouse/alice/x'))).toBe('ok');
      expect(await outcome(() => alice.put('cdm-lake', 'users-warehouse/bob/x'))).toBe('AccessDenied');
      const session = await curl(demo.printed(/^ {2}(curl .*\/users\/alice\/sessions)$/m));
      expect(session.session_token).toEqual(expect.any(String));
      expect(await curl(demo.printed(/^ {2}(curl -s -H .*\/users\/alice)$/m))).toMatchObject({
        user_name: 'alice',
      });
      for (const page of [/Swagger UI\s+(\S+)/, /MinIO console\s+(\S+)/]) {
        expect((await fetch(demo.printed(page))).status).toBe(200);
      }
      expect(statSync(join(dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
      process.kill(demo.pid, 'SIGTERM');
      await demo.exit;
      await nothingLeft();
    },
    SLOW,
  );

  it(
    'keeps keys and tokens over a restart; a second start on the folder is refused and harms nothing',
    async () => {
      const demo = await readyDemo(startScript());
      const { tokens, minio } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
      expect(demo.output).toContain(tokens.alice);
      expect(demo.output).not.toContain(minio.secretKey);
      const pair = await curl(demo.printed(/^ {2}(curl .*\/users\/alice)$/m));
      expect(pair).toMatchObject({ created: false });
      const second = startScript({
        PORT: String(await freePort()),
        DEMO_MINIO_PORT: '',
        DEMO_CONSOLE_PORT: '',
      });
      expect(await second.exit).toBe(1);
      expect(second.output).toContain(`DATA_DIR ${dataDir} is in use by another process`);
      expect((await fetch(`http://127.0.0.1:${env.PORT}/readyz`)).status).toBe(200);
      const alice = new S3({
        endpoint: `http://127.0.0.1:${env.DEMO_MINIO_PORT}`,
        accessKey: pair.access_key,
        secretKey: pair.secret_key,
      });
      expect(await outcome(() => alice.get('cdm-lake', 'users-warehouse/alice/x'))).toBe('ok');
      process.kill(demo.pid, 'SIGINT');
      expect(await demo.exit).toBe(0);
      await nothingLeft();
    },
    SLOW,
  );

  it(
    'ends on Ctrl-C, which goes to the whole group',
    async () => {
      const demo = await readyDemo(npmStart());
      process.kill(-demo.pid, 'SIGINT');
      await demo.exit;
      await nothingLeft();
    },
    SLOW,
  );

  it(
    'leaves nothing when the script itself is killed',
    async () => {
      const demo = await readyDemo(startScript());
      expect(processesOf(dataDir).length).toBeGreaterThanOrEqual(3);
      process.kill(demo.pid, 'SIGKILL');
      await nothingLeft();
    },
    SLOW,
  );

  it(
    'leaves nothing when npm is killed',
    async () => {
      const demo = await readyDemo(npmStart());
      process.kill(demo.pid, 'SIGKILL');
      await nothingLeft();
    },
    SLOW,
  );

  it.each([
    ['MinIO', 'server'],
    ['the service', 'dist/main.js'],
  ])(
    'ends as a whole when %s dies',
    async (_name, part) => {
      const demo = await readyDemo(startScript());
      process.kill(pidOf(part), 'SIGKILL');
      expect(await demo.exit).toBe(1);
      await nothingLeft();
    },
    SLOW,
  );

  it('ends while it is still starting', async () => {
    const demo = startScript();
    await waitFor('MinIO', () =>
      processesOf(dataDir).some(({ command }) => command.includes('--console-address')),
    );
    process.kill(demo.pid, 'SIGTERM');
    expect(await demo.exit).toBe(0);
    await nothingLeft();
  });

  it.each(['PORT', 'DEMO_MINIO_PORT'])('says so when %s is taken', async (name) => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const port = String((other.address() as AddressInfo).port);
    const demo = startScript({ [name]: port });
    expect(await demo.exit).toBe(1);
    expect(demo.output).toContain(`${name} ${port} is already in use`);
    await new Promise((resolve) => other.close(resolve));
  });

  (hasNginx() ? it : it.skip)(
    'puts the proxy between MinIO and people where that is asked for, and says what is known against MinIO',
    async () => {
      const demo = await readyDemo(
        startScript({ DEMO_PROXY: '1', DEMO_PROXY_PORT: String(await freePort()) }),
      );
      await demo.prints('The proxy before it refuses what can be refused.');
      if (env.MINIO_BINARY?.endsWith(MINIO_VERSION))
        expect(demo.output).toMatch(/This MinIO lacks the fixes of .*CVE-2026-40344.*SN-2026-011/);
      const pair = await curl(demo.printed(/^ {2}(curl .*\/users\/alice)$/m));
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
      await nothingLeft();
    },
    SLOW,
  );

  it('finds Silo by its own name', async () => {
    const folder = tempDir('path');
    const silo = join(folder, 'silo');
    writeFileSync(silo, '#!/bin/sh\necho "minio version RELEASE.2026-09-16T00-00-00Z"\n', { mode: 0o755 });
    const script = `import { findMinio, releaseOf } from '${ROOT}/scripts/minio-binary.mjs';
      const file = await findMinio(); console.log(file, releaseOf(file));`;
    const found = run(findNode(), ['--input-type=module', '-e', script], {
      PATH: `${folder}:/usr/bin:/bin`,
      MINIO_BINARY: '',
    });
    expect(await found.exit).toBe(0);
    expect(found.output.trim()).toBe(`${silo} RELEASE.2026-09-16T00-00-00Z`);
  });

  it('says what to do when there is no MinIO', async () => {
    const demo = startScript({ MINIO_BINARY: '/bin/true' });
    expect(await demo.exit).toBe(1);
    expect(demo.output).toContain('MINIO_BINARY is set, but it is not an executable MinIO server');
  });

  it(
    'runs the service alone for a MinIO that exists, and passes SIGTERM on',
    async () => {
      const minio = await startMinio();
      const stub = await startKbaseStub({ tokens: { t: { user: 'alice' } } });
      try {
        const plain = npmStart({
          DATA_DIR: pgliteDir(),
          MINIO_ENDPOINT: minio.endpoint,
          MINIO_ROOT_USER: minio.accessKey,
          MINIO_ROOT_PASSWORD: minio.secretKey,
          KBASE_AUTH_URL: stub.url,
        });
        const url = `http://127.0.0.1:${env.PORT}`;
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
});
