// `npm start`. With MINIO_ENDPOINT: the service for that MinIO, nothing else. Without: the embedded demo.
// Whatever ends this script (a signal, also SIGKILL, or npm's own end) ends its children too. No dependencies, Node >= 18.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exited, spawnTied, stopChild } from './child.mjs';
import { startDemo } from './demo/demo.mjs';
import { ROOT, findNode } from './node.mjs';

const MAIN = join(ROOT, 'dist', 'main.js');
const PARENT_CHECK_MS = 1000;
const GRACE_MS = 15_000;

/** @type {(() => Promise<unknown>)[]} what to stop, the last started first */
const stops = [];
let ending = false;

/** Ends everything once; whoever calls later changes nothing. */
async function end(code, why) {
  if (ending) return;
  ending = true;
  if (why) console.error(why);
  for (const stop of stops.reverse()) await stop();
  process.exit(code);
}

/** The service: its end is ours, unless it is stopped to be started again. */
class Service {
  #child = undefined;
  #stopping = Promise.resolve();

  get pid() {
    return this.#child?.pid;
  }

  /** @param {NodeJS.ProcessEnv} env @param {'KILL' | 'TERM'} deathSignal */
  start(env, deathSignal) {
    stops.push(() => this.#stop());
    return this.#spawn(env, deathSignal);
  }

  #spawn(env, deathSignal) {
    if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build`');
    // A process group of its own: Ctrl-C reaches this script only, which then stops things in the right order.
    const child = spawnTied(findNode(), [MAIN], { env, stdio: 'inherit', detached: true, deathSignal });
    this.#child = child;
    child.once('error', (error) => void end(1, `The service cannot be started: ${error.message}`));
    void exited(child).then(({ code, signal }) => {
      if (this.#child === child) void end(code ?? 1, signal ? `The service was ended by ${signal}.` : '');
    });
    return child;
  }

  /** @param {NodeJS.ProcessEnv} env @param {'KILL' | 'TERM'} deathSignal */
  async restart(env, deathSignal) {
    await this.#stop();
    if (ending) throw new Error('the demo ends');
    return this.#spawn(env, deathSignal);
  }

  #stop() {
    const child = this.#child;
    this.#child = undefined;
    if (child) this.#stopping = stopChild(child, { graceMs: GRACE_MS });
    return this.#stopping;
  }
}

/** npm killed by SIGKILL tells nobody; the script that it runs then gets another parent. */
function watchParent() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  setInterval(
    () => process.ppid !== parent && void end(1, 'npm is gone: stopping.'),
    PARENT_CHECK_MS,
  ).unref();
}

async function main() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => void end(0, ''));
  watchParent();
  const service = new Service();
  if (process.env.MINIO_ENDPOINT || process.env.S3_ENDPOINT) service.start(process.env, 'TERM');
  else await startDemo({ service, onStop: (stop) => stops.push(stop), onFailure: (why) => void end(1, why) });
}

main().catch((error) => end(1, error.message));
