// The embedded demo: MinIO, a stand-in for the login service and the service itself, all on this machine.
import { join } from 'node:path';
import { exited, isRunning, stopChild, waitFor } from '../child.mjs';
import { KbaseStub } from '../kbase-auth-stub.mjs';
import { findMinio } from '../minio-binary.mjs';
import { launchMinio } from '../minio-server.mjs';
import { ownsPort } from '../port-owner.mjs';
import { findNginx, launchProxy } from '../proxy.mjs';
import { Caller } from './api.mjs';
import { holdFolder, noteRunning } from './folder.mjs';
import { seedDemo } from './seed.mjs';
import { ADMIN_ROLE, choosePorts, serviceEnv, takesDeliveries } from './settings.mjs';
import { loadState, saveState } from './state.mjs';
import { startControl } from './time/control.mjs';
import { DemoTime, registerProviders } from './time/demo-time.mjs';
import { statusOf } from './time/status.mjs';
import { BAR, holes, next, welcome } from './welcome.mjs';

const say = (line) => console.log(line);

/**
 * @typedef {{ pid: number | undefined, start: (env: NodeJS.ProcessEnv, deathSignal: string) => import('node:child_process').ChildProcess,
 *   restart: (env: NodeJS.ProcessEnv, deathSignal: string) => Promise<import('node:child_process').ChildProcess> }} Service
 * @param {{ service: Service, onStop: (stop: () => unknown) => void, onFailure: (why: string) => void }} control
 */
export async function startDemo({ service, onStop, onFailure }) {
  const dataDir = process.env.DATA_DIR || './data';
  say(
    `${BAR}\nDEMO: MINIO_ENDPOINT is not set, so this starts its own MinIO and a stand-in for the login service.\n` +
      `Everything listens on this machine only and lives in ${dataDir}. Not for real data.\n${BAR}`,
  );
  await holdFolder(dataDir);
  const state = loadState(dataDir);
  const ports = await choosePorts(say);
  const demo = { ports, dataDir, state, tokens: state.tokens, time: new DemoTime({ dataDir, state }) };
  const readiness = await openControl({ demo, service, onStop });
  const parts = { ports, dataDir, onStop, onFailure };
  const minio = await startMinio({ ...parts, keys: state.minio });
  demo.minio = minio.pid;
  if (ports.proxy) await startProxy(parts);
  say('Starting the stand-in for the login service ...');
  const stub = await new KbaseStub({ tokens: people(state.tokens) }).start();
  onStop(() => stub.stop());
  demo.authUrl = stub.url;
  if (demo.time.isWanted) await demo.time.bringUp(say);
  say(`Starting the service on ${ports.url}, its database in ${join(dataDir, 'pglite')} ...`);
  await serviceReady(service.start(envOf(demo), 'KILL'), ports);
  await seed(state, ports, dataDir);
  say(welcome(demo));
  say(await holes(minio.binary, ports));
  readiness.isReady();
}

/** From now on the command line may ask; what changes something waits until the demo is ready. */
async function openControl({ demo, service, onStop }) {
  const { dataDir, ports, time } = demo;
  /** @type {() => void} */
  let isReady = () => {};
  const ready = new Promise((resolve) => (isReady = () => resolve(undefined)));
  const restart = async () => serviceReady(await service.restart(envOf(demo), 'KILL'), ports);
  const status = () => statusOf({ ...demo, pids: { service: service.pid, minio: demo.minio } });
  const control = await startControl({
    '/demo-status': async () => ({ parts: await status(), next: next(demo) }),
    '/demo-time': async (tell) => {
      const both = (line) => (say(line), tell(line));
      tell('Waiting for the demo ...');
      await ready;
      await time.bringUp(both, restart);
      await registerProviders(new Caller(ports.url, demo.tokens.admin), both);
      return { parts: await status(), next: next(demo) };
    },
  });
  onStop(control.stop);
  onStop(noteRunning(dataDir, ports.url, control));
  onStop(() => time.stop());
  return { isReady };
}

const envOf = (demo) => serviceEnv({ ...demo, files: demo.time.files });

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
  return { binary, pid: minio.child.pid };
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
    state.seeded = true;
    saveState(dataDir, state);
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
