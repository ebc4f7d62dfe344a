// The embedded demo: MinIO, a stand-in for the login service and the service itself, all on this machine.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exited, isPortFree, isRunning, stopChild, waitFor } from './child.mjs';
import { ADMIN_ROLE, choosePorts, loadState, serviceEnv } from './demo-state.mjs';
import { KbaseStub } from './kbase-auth-stub.mjs';
import { findMinio, releaseOf } from './minio-binary.mjs';
import { launchMinio } from './minio-server.mjs';
import { ROOT } from './node.mjs';
import { ownsPort } from './port-owner.mjs';
import { findNginx, launchProxy } from './proxy.mjs';

const BAR = '='.repeat(100);

/**
 * @param {{ runService: (env: NodeJS.ProcessEnv, deathSignal: string) => import('node:child_process').ChildProcess,
 *   onStop: (stop: () => Promise<unknown>) => void, onFailure: (why: string) => void }} control
 */
export async function startDemo({ runService, onStop, onFailure }) {
  const dataDir = process.env.DATA_DIR || './data';
  console.log(
    `${BAR}\nDEMO: MINIO_ENDPOINT is not set, so this starts its own MinIO and a stand-in for the login service.`,
  );
  console.log(`Everything listens on this machine only and lives in ${dataDir}. Not for real data.\n${BAR}`);
  mkdirSync(join(dataDir, 'minio'), { recursive: true, mode: 0o700 });
  await lock(dataDir);
  const state = loadState(dataDir);
  const ports = await choosePorts();
  const binary = await findMinio({ log: console.log });
  if (!(await isPortFree(ports.service, ports.host))) {
    throw new Error(
      `PORT ${ports.service} is already in use on ${ports.host}: stop what runs there or set PORT to another`,
    );
  }
  const stub = await new KbaseStub({ tokens: people(state.tokens) }).start();
  onStop(() => stub.stop());
  const { accessKey, secretKey } = state.minio;
  const drive = { dataDir: join(dataDir, 'minio'), port: ports.minio, consolePort: ports.console };
  const minio = await launchMinio({ binary, accessKey, secretKey, detached: true, ...drive });
  onStop(() => stopChild(minio.child, { graceMs: 5000 }));
  void exited(minio.child).then(() =>
    onFailure(`MinIO has ended, so the demo ends.\n${minio.log().slice(-1000)}`),
  );
  if (ports.proxy) await startProxy({ ports, dataDir, onStop, onFailure });
  const service = runService(serviceEnv({ state, ports, authUrl: stub.url, dataDir }), 'KILL');
  await serviceReady(service, ports);
  console.log(welcome(state, ports, stub.url, dataDir));
  console.log(await holes(binary, ports));
}

/** What refuses the requests that MinIO should not see, before the MinIO that clients are told of. */
async function startProxy({ ports, dataDir, onStop, onFailure }) {
  const nginx = findNginx();
  if (!nginx)
    throw new Error('DEMO_PROXY is set, but there is no nginx on this machine (Debian: nginx-light)');
  const place = { port: ports.proxy, minioPort: ports.minio, dir: join(dataDir, 'proxy') };
  const proxy = await launchProxy({ nginx, detached: true, ...place });
  onStop(() => stopChild(proxy.child, { graceMs: 5000 }));
  void exited(proxy.child).then(() =>
    onFailure(`The proxy has ended, so the demo ends.\n${proxy.log().slice(-1000)}`),
  );
}

/** What is known against the MinIO that was found: whoever takes the demo for more should know. */
async function holes(binary, { proxy }) {
  const module = pathToFileURL(join(ROOT, 'dist', 'minio', 'probes', 'advisories.js')).href;
  const { lacking, releaseDay } = await import(module);
  const day = releaseDay(releaseOf(binary) ?? '');
  const known = day === undefined ? [] : lacking(day).map(({ id }) => id);
  const shield = proxy
    ? 'The proxy before it refuses what can be refused.'
    : 'DEMO_PROXY=1 puts the proxy of deploy/proxy before it (needs nginx).';
  if (day === undefined)
    return `This MinIO names no release: GET /admin/doctor probes it for known holes. ${shield}`;
  if (known.length === 0) return 'This MinIO is as new as every fix that is known.';
  return `This MinIO lacks the fixes of ${known.join(', ')}: bearable on this machine alone, see docs/security.md. ${shield}`;
}

/**
 * The service's own lock on the folder gives the message, before a second MinIO touches the first one's files; a lock of
 * our own on MinIO's folder is then kept as long as this process lives.
 */
async function lock(dataDir) {
  const module = pathToFileURL(join(ROOT, 'dist', 'database', 'embedded', 'directory-lock.js')).href;
  const { lockDirectory } = await import(module);
  const unlock = await lockDirectory(dataDir);
  await lockDirectory(join(dataDir, 'minio'));
  await unlock();
}

function people({ alice, bob, admin }) {
  return {
    [alice]: { user: 'alice' },
    [bob]: { user: 'bob' },
    [admin]: { user: 'admin', customroles: [ADMIN_ROLE] },
  };
}

async function serviceReady(child, { url, service }) {
  await waitFor(
    'The service',
    async () => {
      if (!isRunning(child)) throw new Error('The service has ended while starting.');
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
        () => undefined,
      );
      return answer?.status === 200 && ownsPort(child.pid, service);
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
}

function welcome({ tokens }, { url, minio, proxy, console: consolePort }, authUrl, dataDir) {
  return [
    BAR,
    `DEMO is ready.  Swagger UI     ${url}/docs`,
    `                MinIO          http://127.0.0.1:${proxy ?? minio}`,
    `                MinIO console  http://127.0.0.1:${consolePort}   (log in with the pair from the first command)`,
    `                login service  ${authUrl}   (a stand-in)`,
    `                root keys      ${join(dataDir, 'demo.json')}`,
    '',
    `Token of alice  ${tokens.alice}`,
    `Token of bob    ${tokens.bob}`,
    `Token of admin  ${tokens.admin}`,
    '',
    "Try: alice's key pair (her home is made with it), a session that ends by itself, what is known of her",
    `  curl -s -X POST -H 'Authorization: ${tokens.alice}' ${url}/users/alice`,
    `  curl -s -X POST -H 'Authorization: ${tokens.alice}' ${url}/users/alice/sessions`,
    `  curl -s -H 'Authorization: ${tokens.alice}' ${url}/users/alice`,
    '',
    'Ctrl-C stops everything.',
    BAR,
  ].join('\n');
}
