// Runs nginx with the configuration of deploy/proxy before a MinIO, as a child of ours, on loopback. Used by the demo, the tests and the benchmark.
// No dependencies, Node >= 18.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isExecutable, isRunning, spawnTied, waitFor, which } from './child.mjs';
import { ROOT } from './node.mjs';
import { ownsPort } from './port-owner.mjs';

const FOLDER = join(ROOT, 'deploy', 'proxy', 'nginx');
const LOG_LIMIT = 64 * 1024;

/** Debian keeps it where people's PATH does not look. @returns {string | undefined} */
export function findNginx() {
  return which('nginx') ?? ['/usr/sbin/nginx'].find(isExecutable);
}

/**
 * Resolves when nginx listens and it is our child.
 * @param {{ nginx: string, port: number, minioPort: number, dir: string, detached?: boolean }} options
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, log: () => string }>}
 */
export async function launchProxy({ nginx, port, minioPort, dir, detached = false }) {
  const folder = resolve(dir);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration({ port, minioPort, folder }));
  const child = spawnTied(nginx, ['-c', file, '-e', 'stderr'], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
  });
  let log = '';
  const keep = (chunk) => (log = (log + chunk).slice(-LOG_LIMIT));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', (error) => keep(error.message));
  await waitFor(`nginx on port ${port}`, () => {
    if (!isRunning(child)) throw new Error(`nginx ended while starting:\n${log.trim()}`);
    return ownsPort(child.pid, port);
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { child, log: () => log };
}

/**
 * The shipped file with other addresses and folders, and as one process: the workers of an nginx that is killed would live on.
 * @param {{ port: number, minioPort: number, folder: string }} place
 */
function configuration({ port, minioPort, folder }) {
  const changes = [
    ['worker_processes auto;', 'daemon off;\nmaster_process off;'],
    // a pipe of ours cannot be opened by its name
    ['/dev/stdout', `"${folder}/access.log"`],
    ['include rules.conf;', `include "${FOLDER}/rules.conf";`],
    ['include s3.conf;', `include "${FOLDER}/s3.conf";`],
    ['server minio:9000;', `server 127.0.0.1:${minioPort};`],
    ['listen 9000;', `listen 127.0.0.1:${port};`],
  ];
  const text = readFileSync(join(FOLDER, 'nginx.conf'), 'utf8').replaceAll(
    /\/tmp\/([\w.-]+)/g,
    `"${folder}/$1"`,
  );
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`deploy/proxy/nginx/nginx.conf has no line: ${from}`);
    return changed.replace(from, to);
  }, text);
}
