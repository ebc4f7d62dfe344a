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

/** @param {NodeJS.ProcessEnv} env */
function runService(env, deathSignal) {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build`');
  // A process group of its own: Ctrl-C reaches this script only, which then stops things in the right order.
  const child = spawnTied(findNode(), [MAIN], { env, stdio: 'inherit', detached: true, deathSignal });
  stops.push(() => stopChild(child, { graceMs: GRACE_MS }));
  child.once('error', (error) => void end(1, `The service cannot be started: ${error.message}`));
  void exited(child).then(({ code, signal }) =>
    end(code ?? 1, signal ? `The service was ended by ${signal}.` : ''),
  );
  return child;
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
  if (process.env.MINIO_ENDPOINT || process.env.S3_ENDPOINT) runService(process.env, 'TERM');
  else
    await startDemo({ runService, onStop: (stop) => stops.push(stop), onFailure: (why) => void end(1, why) });
}

main().catch((error) => end(1, error.message));
