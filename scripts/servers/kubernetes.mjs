// Finds the API server of Kubernetes, or builds the pinned one once for this machine, and etcd, which it needs. No dependencies, Node >= 18.
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, which } from '../child.mjs';
import { cachedFolder, cachePath } from './cached-folder.mjs';
import { findGo, goBuild, nameOfBuild, versionIn } from './go-build.mjs';

/** go.mod and go.sum say what is built, byte for byte. */
const MODULE = fileURLToPath(new URL('./kubernetes/', import.meta.url));
const PACKAGE = 'k8s.io/kubernetes/cmd/kube-apiserver';
const NAME = nameOfBuild(MODULE, 'kubernetes');

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

async function build(folder) {
  const go = findGo();
  if (!go) throw new Error(`The API server of Kubernetes cannot be built: ${missingForKubernetes()}`);
  mkdirSync(folder);
  const stamp = `k8s.io/component-base/version.gitVersion=${versionIn(MODULE, 'k8s.io/kubernetes')}`;
  await goBuild({ go, module: MODULE, package: PACKAGE, output: join(folder, 'kube-apiserver'), stamp });
}

/**
 * @param {string} dir a folder, where it keeps its data in `etcd` @param {number} client @param {number} peer ports
 * @returns {string[]}
 */
export function etcdArguments(dir, client, peer) {
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    ...['--data-dir', join(dir, 'etcd'), '--log-level', 'error', '--unsafe-no-fsync'],
    ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
    ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
    ...['--initial-cluster', `default=${peers}`],
  ];
}

/** A user who may do everything, in the tokens of {@link apiServerArguments}. */
export const ADMIN = 'admin';

/**
 * Writes what the API server reads in the folder, and tells how it is started. It makes a certificate for itself, `certs/apiserver.crt`.
 * @param {{ dir: string, etcd: number, port: number, tokens: Record<string, string> }} how the port of etcd and its own; the user of each token
 * @returns {string[]}
 */
export function apiServerArguments({ dir, etcd, port, tokens }) {
  const [key, users] = [join(dir, 'accounts.key'), join(dir, 'tokens.csv')];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (!existsSync(key))
    writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const lines = Object.entries(tokens).map(
    ([token, user], id) => `${token},${user},${id}${user === ADMIN ? ',system:masters' : ''}\n`,
  );
  writeFileSync(users, lines.join(''), { mode: 0o600 });
  mkdirSync(join(dir, 'certs'), { recursive: true });
  return [
    ...[`--etcd-servers=http://127.0.0.1:${etcd}`, `--secure-port=${port}`],
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'],
    ...[`--cert-dir=${join(dir, 'certs')}`, `--token-auth-file=${users}`],
    ...['--authorization-mode=RBAC', '--service-cluster-ip-range=10.0.0.0/24', '--profiling=false'],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, '--disable-admission-plugins=ServiceAccount'],
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findKubeApiServer().then(console.log, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
