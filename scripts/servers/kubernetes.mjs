// Finds the API server of Kubernetes, or builds the pinned one once for this machine, and etcd, which it needs. No dependencies, Node >= 18.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, spawnTied, which } from '../child.mjs';
import { cachedFolder, cachePath } from './cached-folder.mjs';

/** go.mod and go.sum say what is built, byte for byte. */
const MODULE = fileURLToPath(new URL('./kubernetes/', import.meta.url));
const PACKAGE = 'k8s.io/kubernetes/cmd/kube-apiserver';
const RECIPE = ['go.mod', 'go.sum'].map((file) => readFileSync(join(MODULE, file)));
const VERSION = /k8s\.io\/kubernetes (v\S+)/.exec(String(RECIPE[0]))?.[1];
const NAME = `kubernetes-${createHash('sha256').update(Buffer.concat(RECIPE)).digest('hex').slice(0, 12)}`;

/** What the tests need and this machine lacks, as a sentence; undefined: nothing. */
export function missingForKubernetes() {
  if (!findEtcd()) return 'etcd is not installed (Debian: apt-get install etcd-server)';
  if (process.env.KUBE_APISERVER_BINARY || isBuilt() || findGo()) return undefined;
  return 'there is no Go to build the API server with: install Go 1.24 or newer, or set KUBE_APISERVER_BINARY';
}

/** @returns {string | undefined} path of the program */
export function findEtcd() {
  return which('etcd');
}

/** Whether the API server is here already. */
export function isBuilt() {
  return existsSync(cachePath(NAME, 'complete'));
}

/**
 * The API server that is named, or else the pinned one. Its first build takes six to ten minutes of a processor, after everything else that wants it.
 * @returns {Promise<string>} path of the program
 */
export async function findKubeApiServer() {
  const named = process.env.KUBE_APISERVER_BINARY;
  if (named && !isExecutable(named)) throw new Error('KUBE_APISERVER_BINARY is set, but it is no program');
  return named || join(await cachedFolder(NAME, build), 'kube-apiserver');
}

function findGo() {
  return which('go') ?? ['/usr/local/go/bin/go'].find(isExecutable);
}

async function build(folder) {
  const go = findGo();
  if (!go) throw new Error(`The API server of Kubernetes cannot be built: ${missingForKubernetes()}`);
  mkdirSync(folder);
  const stamp = `-s -w -X k8s.io/component-base/version.gitVersion=${VERSION}`;
  const args = ['build', '-trimpath', '-ldflags', stamp, '-o', join(folder, 'kube-apiserver'), PACKAGE];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };
  const { code, output } = await run(['-n', '19', go, ...args], { cwd: MODULE, env });
  if (code !== 0)
    throw new Error(`Go could not build the API server of Kubernetes:\n${output.trim().slice(-2000)}`);
}

function run(args, options) {
  return new Promise((resolve, reject) => {
    const child = spawnTied('nice', args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      deathSignal: 'TERM',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findKubeApiServer().then(console.log, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
