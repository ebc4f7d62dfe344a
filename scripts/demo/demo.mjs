// The embedded demo: MinIO, a stand-in for the login service and the service itself, all on this machine.
import { join } from 'node:path';
import { exited, isRunning, stopChild, waitFor } from '../child.mjs';
import { KbaseStub } from '../kbase-auth-stub.mjs';
import { findMinio } from '../minio-binary.mjs';
import { launchMinio } from '../minio-server.mjs';
import { ownsPort } from '../port-owner.mjs';
import { findNginx, launchProxy } from '../proxy.mjs';
import { holdFolder, noteRunning } from './folder.mjs';
import { seedDemo } from './seed.mjs';
import { ADMIN_ROLE, choosePorts, serviceEnv, takesDeliveries } from './settings.mjs';
import { loadState, saveState } from './state.mjs';
import { BAR, holes, welcome } from './welcome.mjs';

const say = (line) => console.log(line);

/**
 * @param {{ runService: (env: NodeJS.ProcessEnv, deathSignal: string) => import('node:child_process').ChildProcess,
 *   onStop: (stop: () => unknown) => void, onFailure: (why: string) => void }} control
 */
export async function startDemo({ runService, onStop, onFailure }) {
  const dataDir = process.env.DATA_DIR || './data';
  say(
    `${BAR}\nDEMO: MINIO_ENDPOINT is not set, so this starts its own MinIO and a stand-in for the login service.\n` +
      `Everything listens on this machine only and lives in ${dataDir}. Not for real data.\n${BAR}`,
  );
  await holdFolder(dataDir);
  const state = loadState(dataDir);
  const ports = await choosePorts(say);
  onStop(noteRunning(dataDir, ports.url));
  const parts = { ports, dataDir, onStop, onFailure };
  const binary = await startMinio({ ...parts, keys: state.minio });
  if (ports.proxy) await startProxy(parts);
  say('Starting the stand-in for the login service ...');
  const stub = await new KbaseStub({ tokens: people(state.tokens) }).start();
  onStop(() => stub.stop());
  say(`Starting the service on ${ports.url}, its database in ${join(dataDir, 'pglite')} ...`);
  const service = runService(serviceEnv({ state, ports, authUrl: stub.url, dataDir }), 'KILL');
  await serviceReady(service, ports);
  await seed(state, ports, dataDir);
  say(welcome({ state, ports, authUrl: stub.url, dataDir }));
  say(await holes(binary, ports));
}

async function startMinio({ ports, dataDir, keys, onStop, onFailure }) {
  say('Looking for MinIO (MINIO_BINARY, silo or minio on the PATH, what was built here before) ...');
  const binary = await findMinio({ log: say });
  say(`Starting ${binary} on port ${ports.minio}, its console on port ${ports.console} ...`);
  const drive = { dataDir: join(dataDir, 'minio'), port: ports.minio, consolePort: ports.console };
  const minio = await launchMinio({ binary, ...keys, detached: true, ...drive });
  onStop(() => stopChild(minio.child, { graceMs: 5000 }));
  void exited(minio.child).then(() =>
    onFailure(`MinIO has ended, so the demo ends.\n${minio.log().slice(-1000)}`),
  );
  return binary;
}

/** What refuses the requests that MinIO should not see, before the MinIO that clients are told of. */
async function startProxy({ ports, dataDir, onStop, onFailure }) {
  const nginx = findNginx();
  if (!nginx)
    throw new Error('DEMO_PROXY is set, but there is no nginx on this machine (Debian: nginx-light)');
  say(`Starting the proxy on port ${ports.proxy} ...`);
  const place = { port: ports.proxy, minioPort: ports.minio, dir: join(dataDir, 'proxy') };
  const proxy = await launchProxy({ nginx, detached: true, ...place });
  onStop(() => stopChild(proxy.child, { graceMs: 5000 }));
  void exited(proxy.child).then(() =>
    onFailure(`The proxy has ended, so the demo ends.\n${proxy.log().slice(-1000)}`),
  );
}

/** Once for each folder: what people take away later stays away. */
async function seed(state, ports, dataDir) {
  if (state.seeded) return;
  say('Seeding, once for this folder ...');
  const log = (line) => say(`  ${line}`);
  const product = takesDeliveries(ports);
  if (!product) log('no data product: the settings of the webhook do not allow one');
  try {
    await seedDemo({ url: ports.url, tokens: state.tokens, log, product });
    saveState(dataDir, { ...state, seeded: true });
  } catch (error) {
    say(`  The seed is not complete: ${error.message}. The next start continues with it.`);
  }
}

function people(tokens) {
  return Object.fromEntries(
    Object.entries(tokens).map(([name, token]) => [
      token,
      { user: name, ...(name === 'admin' && { customroles: [ADMIN_ROLE] }) },
    ]),
  );
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
