// Runs one MinIO server as a child of ours, on loopback. Used by the demo and by the tests. No dependencies, Node >= 18.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRunning, spawnTied, waitFor } from './child.mjs';
import { ownsPort } from './port-owner.mjs';

const LOG_LIMIT = 64 * 1024;

/**
 * Resolves when the server is ready and it is our child that answers.
 * @param {{ binary: string, dataDir: string, port: number, consolePort: number,
 *   accessKey: string, secretKey: string, env?: Record<string, string>, detached?: boolean }} options
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, log: () => string }>}
 */
export async function launchMinio(options) {
  const { binary, port, consolePort, detached = false } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(join(dataDir, 'certs'), { recursive: true });
  const flags = [`--address=127.0.0.1:${port}`, `--console-address=127.0.0.1:${consolePort}`];
  const child = spawnTied(
    binary,
    ['server', ...flags, `--certs-dir=${join(dataDir, 'certs')}`, join(dataDir, 'drive')],
    { env: environment({ ...options, dataDir }), stdio: ['ignore', 'pipe', 'pipe'], detached, cwd: dataDir },
  );
  let log = '';
  const keep = (chunk) => (log = (log + chunk).slice(-LOG_LIMIT));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', (error) => keep(error.message));
  try {
    await ready(child, () => log, port, consolePort);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { child, log: () => log };
}

/** Secrets go by environment: arguments can be read by every user of the machine. */
function environment({ accessKey, secretKey, dataDir, env = {} }) {
  return {
    PATH: process.env.PATH ?? '',
    HOME: dataDir,
    MINIO_ROOT_USER: accessKey,
    MINIO_ROOT_PASSWORD: secretKey,
    MINIO_BROWSER: 'on',
    MINIO_UPDATE: 'off',
    ...env,
  };
}

async function ready(child, log, port, consolePort) {
  await waitFor(`MinIO on port ${port}`, async () => {
    if (!isRunning(child)) throw new Error(earlyEnd(log(), port, consolePort));
    if (!(await answers(`http://127.0.0.1:${port}/minio/health/cluster`))) return false;
    // Another server on the port would answer just as well, until ours gives up.
    return ownsPort(child.pid, port) && ownsPort(child.pid, consolePort);
  });
}

function earlyEnd(log, port, consolePort) {
  if (/port is already in use/i.test(log)) {
    return `MinIO could not start: port ${port} or ${consolePort} is already in use`;
  }
  return `MinIO ended while starting:\n${log.trim()}`;
}

async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
