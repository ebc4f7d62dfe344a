// Child processes that end with us, free ports and waiting for a condition. No dependencies, Node >= 18.
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { accessSync, constants, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WATCHDOG = fileURLToPath(new URL('./watchdog.mjs', import.meta.url));

/**
 * The first executable file of that name on the PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export function which(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** @type {string | null | undefined} */
let setpriv;

/** Linux can send a signal when the parent dies; busybox's setpriv cannot, hence the trial. */
function findSetpriv() {
  if (setpriv === undefined) {
    const found = process.platform === 'linux' ? which('setpriv') : undefined;
    const works = found && spawnSync(found, ['--pdeathsig', 'KILL', 'true']).status === 0;
    setpriv = works ? found : null;
  }
  return setpriv;
}

/**
 * Starts a child that is killed when this process ends, however it ends (also by SIGKILL).
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & {
 *   deathSignal?: 'KILL' | 'TERM' | 'QUIT' | 'INT', user?: string, tie?: 'setpriv' | 'watchdog' }} [options]
 * @returns {import('node:child_process').ChildProcess}
 */
export function spawnTied(command, args, options = {}) {
  const { deathSignal = 'KILL', user, tie, ...rest } = options;
  const binary = tie === 'watchdog' ? null : findSetpriv();
  // setpriv replaces itself by the command, so child.pid is the command's own pid.
  if (binary) {
    const as = user ? [`--reuid=${user}`, `--regid=${user}`, '--init-groups'] : [];
    return spawn(binary, [...as, '--pdeathsig', deathSignal, '--', command, ...args], rest);
  }
  if (user) throw new Error(`running ${command} as ${user} needs setpriv (util-linux)`);
  const child = spawn(command, args, rest);
  if (child.pid) watch(child, deathSignal);
  return child;
}

/** @param {import('node:child_process').ChildProcess} child @param {string} signal */
function watch(child, signal) {
  const dog = spawn(process.execPath, [WATCHDOG, String(child.pid), `SIG${signal}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  dog.stdin.on('error', () => {});
  dog.on('error', () => {});
  dog.unref();
  /** @type {any} */ (dog.stdin).unref?.();
  // The pid may be given to another process once the child is gone: call the dog off first.
  child.once('exit', () => dog.kill('SIGKILL'));
}

/** @param {import('node:child_process').ChildProcess} child */
export function isRunning(child) {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function exited(child) {
  if (!isRunning(child)) return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/**
 * Asks a child to stop and kills it if it does not.
 * @param {import('node:child_process').ChildProcess} child
 * @param {{ signal?: NodeJS.Signals, graceMs?: number }} [options]
 */
export async function stopChild(child, { signal = 'SIGTERM', graceMs = 10_000 } = {}) {
  if (!isRunning(child)) return exited(child);
  const end = exited(child);
  child.kill(signal);
  child.kill('SIGCONT'); // a stopped process takes no other signal
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  return end.finally(() => clearTimeout(timer));
}

/**
 * Stops a process until SIGCONT, and returns when all its threads stand still: on a busy machine one may still answer a
 * request after the signal was sent.
 * @param {number} pid
 */
export function freeze(pid) {
  process.kill(pid, 'SIGSTOP');
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 5000 && hasRunningThread(pid); waited += 1) Atomics.wait(clock, 0, 0, 1);
}

function hasRunningThread(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    // The state is the first letter after the name in brackets, which may itself hold brackets.
    const state = (thread) =>
      /\) (\S) [^)]*$/.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))?.[1];
    return threads.some((thread) => state(thread) !== 'T');
  } catch {
    return false; // no /proc here, or the process is gone
  }
}

/** Below the ports that systems give to outgoing connections: such a connection must not take the port before its server does. */
const PORTS = { first: 10_000, count: 22_000 };
const given = new Set();

/** @returns {Promise<number>} a loopback port that was free a moment ago; never the same one twice */
export async function freePort() {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = PORTS.first + randomInt(PORTS.count);
    if (given.has(port) || !(await isPortFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error('no port is free');
}

/** @param {number} port @param {string} [host] */
export function isPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Between two looks, unless the caller says otherwise: a tenth of what was waited already. Who waits long needs no processor for it. */
const LOOK_MS = { least: 25, most: 250, part: 0.1 };

/**
 * Polls until the probe gives something truthy; a probe that throws ends the wait. The default limit is for what hangs: it is far more than
 * anything takes on a busy machine.
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} probe
 * @param {{ timeoutMs?: number, everyMs?: number }} [options]
 * @returns {Promise<NonNullable<T>>}
 */
export async function waitFor(what, probe, { timeoutMs = 90_000, everyMs } = {}) {
  const start = Date.now();
  for (;;) {
    const value = await probe();
    if (value) return value;
    const waited = Date.now() - start;
    if (waited > timeoutMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    const pause = everyMs ?? Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, waited * LOOK_MS.part));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
