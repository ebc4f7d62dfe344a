// Finds a MinIO server binary, or builds the pinned version once for this machine. No dependencies, Node >= 18.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, spawnTied, which } from './child.mjs';
import { takeLock } from './install-lock.mjs';

// The newest commit of the archived repository: newer than its last image, with the fixes of CVE-2025-62506.
export const MINIO_VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const PACKAGE = `github.com/minio/minio@${MINIO_VERSION}`;
const PROGRESS_MS = 10_000;

const cacheFolder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minio-manager', 'bin');

/**
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<string>} path of a MinIO server
 */
export async function findMinio({ log = console.error } = {}) {
  const named = process.env.MINIO_BINARY;
  if (named) {
    if (isMinio(named)) return named;
    throw new Error('MINIO_BINARY is set, but it is not an executable MinIO server');
  }
  // Silo is the maintained fork: where both are there, its holes are the fewer.
  const onPath = ['silo', 'minio'].map((name) => which(name)).find((file) => file && isMinio(file));
  if (onPath) return onPath;
  const cached = join(cacheFolder(), `minio-${MINIO_VERSION}`);
  if (isExecutable(cached)) return cached;
  const go = which('go') ?? ['/usr/local/go/bin/go'].find(isExecutable);
  if (!go) throw new Error(noMinio());
  return build(go, cached, log);
}

/** A file called minio may be anything (the client, a wrapper): its own answer decides. */
function isMinio(file) {
  return versionOf(file) !== undefined;
}

/** What a server says of its version: the name of a release, or of a build (`DEVELOPMENT.GOGET`). @param {string} file */
function versionOf(file) {
  if (!isExecutable(file)) return undefined;
  // The server calls itself by the name it is run as.
  const answer = spawnSync(file, ['--version'], { argv0: 'minio', encoding: 'utf8', timeout: 20_000 });
  return answer.status === 0 ? /^(?:minio|silo) version (\S+)/m.exec(answer.stdout)?.[1] : undefined;
}

/**
 * The release that a server is or, when it is the one that is built here, is as old as; undefined when nobody can tell.
 * @param {string} file
 */
export function releaseOf(file) {
  const [, year, month, day] = /-(\d{4})(\d\d)(\d\d)\d{6}-/.exec(MINIO_VERSION) ?? [];
  if (file.endsWith(MINIO_VERSION)) return `RELEASE.${year}-${month}-${day}T`;
  const version = versionOf(file);
  return version?.startsWith('RELEASE.') ? version : undefined;
}

function noMinio(why = 'There is no MinIO server on this machine and no Go to build one.') {
  return [
    why,
    'Choose one:',
    '  - set MINIO_BINARY to a MinIO server binary (or put `silo` or `minio` on the PATH);',
    `  - install Go 1.24 or newer: MinIO (${MINIO_VERSION}) is then built once, in about three minutes;`,
    '  - set MINIO_ENDPOINT (with MINIO_ROOT_USER and MINIO_ROOT_PASSWORD) to use a server that runs elsewhere.',
  ].join('\n');
}

async function build(go, target, log) {
  mkdirSync(cacheFolder(), { recursive: true });
  const waiting = () => log('MinIO is being built by another process, waiting for it ...');
  const release = await takeLock(`${target}.building`, () => isExecutable(target), waiting);
  if (!release) return target; // somebody else built it while we waited
  const scratch = mkdtempSync(join(cacheFolder(), 'build-'));
  try {
    await goInstall(go, scratch, log);
    const built = join(scratch, 'minio');
    if (!isMinio(built)) throw new Error(noMinio('The MinIO that Go built does not run here.'));
    renameSync(built, target);
    return target;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    release();
  }
}

async function goInstall(go, bin, log) {
  log(`Building MinIO ${MINIO_VERSION} with Go: once for this machine, usually two to three minutes ...`);
  const started = Date.now();
  const ticker = setInterval(
    () => log(`  still building MinIO (${Math.round((Date.now() - started) / 1000)} s)`),
    PROGRESS_MS,
  );
  try {
    const { code, output } = await run(go, ['install', '-trimpath', PACKAGE], {
      ...process.env,
      GOBIN: bin,
      GOFLAGS: '',
      CGO_ENABLED: '0',
    });
    if (code !== 0) throw new Error(noMinio(`Go could not build MinIO:\n${output.trim().slice(-2000)}`));
  } finally {
    clearInterval(ticker);
  }
  log(`MinIO is built (${Math.round((Date.now() - started) / 1000)} s).`);
}

function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawnTied(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], deathSignal: 'TERM' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findMinio().then(console.log, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
