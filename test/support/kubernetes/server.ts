import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import axios from 'axios';
import { parse } from 'yaml';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { findEtcd, findKubeApiServer, missingForKubernetes } from '../../../scripts/servers/kubernetes.mjs';
import { runDir, tempDir } from '../service/temp.js';
import { secretFile } from '../workflows/steps.js';

/** A limit for `beforeAll`: the first suite on a new machine waits until the API server is built. */
export const KUBERNETES_START_MS = 45 * 60_000;
/** Where the server of this process is written down: each suite has modules of its own. */
const NOTE = join(runDir(), `kubernetes-of-${process.pid}.json`);
/** The rights of the service's token, as docs/targets.md has them. */
const RIGHTS = /^```yaml\n(apiVersion: rbac.*?)^```$/ms;

/** For `(hasKubernetes() ? describe : describe.skip)(...)`; says what is missing. */
export function hasKubernetes(): boolean {
  const missing = missingForKubernetes();
  if (missing === undefined) return true;
  const message = `Tests on Kubernetes are skipped: ${missing}`;
  // etcd is one of the packages that CI installs
  if (process.env.CI && !findEtcd()) throw new Error(message);
  console.warn(message);
  return false;
}

interface Started {
  port: number;
  /** The certificate that it made for itself. */
  caFile: string;
  adminToken: string;
  /** Of a user without any rights until somebody gives it some. */
  serviceToken: string;
}

let starting: Promise<Kubernetes> | undefined;

/**
 * The API server, with an etcd, that all suites of this Jest worker share; both end with the worker. There are no controllers: a namespace that is
 * deleted stays, and no job runs.
 */
export function workerKubernetes(): Promise<Kubernetes> {
  starting ??= known().then((server) => server ?? start());
  return starting;
}

async function known(): Promise<Kubernetes | undefined> {
  if (!existsSync(NOTE)) return undefined;
  const server = new Kubernetes(JSON.parse(readFileSync(NOTE, 'utf8')) as Started);
  return (await server.isReady()) ? server : undefined;
}

async function start(): Promise<Kubernetes> {
  const [binary, etcd, dir] = [await findKubeApiServer(), findEtcd(), tempDir('kubernetes')];
  if (etcd === undefined) throw new Error('etcd is not installed');
  const children: ChildProcess[] = [];
  const launch = (program: string, args: string[]): void => {
    const child = spawnTied(program, args, { cwd: dir, stdio: 'ignore' });
    child.unref();
    children.push(child);
  };
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  launch(etcd, etcdArguments(dir, client, peer));
  const [adminToken, serviceToken] = [newToken(), newToken()];
  writeFileSync(
    join(dir, 'tokens.csv'),
    `${adminToken},admin,1,system:masters\n${serviceToken},${SERVICE},2\n`,
    { mode: 0o600 },
  );
  launch(binary, apiServerArguments(dir, client, port));
  const started = { port, caFile: join(dir, 'certs', 'apiserver.crt'), adminToken, serviceToken };
  const server = new Kubernetes(started);
  try {
    await waitFor('the API server of Kubernetes', () => {
      if (!children.every(isRunning)) throw new Error('etcd or the API server ended while starting');
      return existsSync(started.caFile) && server.isReady();
    });
    await server.giveRights();
  } catch (error) {
    await Promise.all(children.map((child) => stopChild(child)));
    throw error;
  }
  writeFileSync(`${NOTE}.new`, JSON.stringify(started));
  renameSync(`${NOTE}.new`, NOTE);
  return server;
}

const SERVICE = 'minio-manager';
const newToken = () => randomBytes(20).toString('hex');

function etcdArguments(dir: string, client: number, peer: number): string[] {
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    ...['--data-dir', join(dir, 'etcd'), '--log-level', 'error', '--unsafe-no-fsync'],
    ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
    ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
    ...['--initial-cluster', `default=${peers}`],
  ];
}

function apiServerArguments(dir: string, etcd: number, port: number): string[] {
  const key = join(dir, 'accounts.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  mkdirSync(join(dir, 'certs'));
  return [
    ...[`--etcd-servers=http://127.0.0.1:${etcd}`, `--secure-port=${port}`],
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'],
    ...[`--cert-dir=${join(dir, 'certs')}`, `--token-auth-file=${join(dir, 'tokens.csv')}`],
    ...['--authorization-mode=RBAC', '--service-cluster-ip-range=10.0.0.0/24', '--profiling=false'],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, '--disable-admission-plugins=ServiceAccount'],
  ];
}

/** A running API server, as an administrator sees it. */
export class Kubernetes {
  readonly address: string;
  readonly caFile: string;
  readonly serviceToken: string;
  readonly #adminToken: string;

  constructor({ port, caFile, adminToken, serviceToken }: Started) {
    this.address = `https://127.0.0.1:${port}`;
    this.caFile = caFile;
    this.serviceToken = serviceToken;
    this.#adminToken = adminToken;
  }

  /** What TARGETS_FILE has of it. */
  target(more: object = {}): object {
    return {
      ...{ name: 'cluster', kind: 'kubernetes', url: this.address, teams: ['field'] },
      ...{ ca_file: this.caFile, token_file: secretFile(this.serviceToken), ...more },
    };
  }

  /** What Helm and kubectl read, as an administrator. */
  kubeconfig(): string {
    const path = join(tempDir('kubeconfig'), 'config');
    const cluster = { server: this.address, 'certificate-authority': this.caFile };
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token: this.#adminToken } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  async isReady(): Promise<boolean> {
    return (await this.call('GET', '/readyz').catch(() => undefined))?.status === 200;
  }

  /** A request past the service. */
  async call(method: string, path: string, body?: object, type = 'application/json') {
    const { status, data } = await axios.request({
      ...{ method, url: `${this.address}${path}`, data: body, timeout: 10_000, proxy: false },
      httpsAgent: new Agent({ ca: readFileSync(this.caFile) }),
      headers: { authorization: `Bearer ${this.#adminToken}`, ...(body && { 'content-type': type }) },
      validateStatus: () => true,
    });
    return { status, body: data };
  }

  /** The object at a path; undefined: there is none. */
  async read(path: string): Promise<any> {
    const { status, body } = await this.call('GET', path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Server-side apply by somebody else. */
  async apply(manager: string, path: string, manifest: object): Promise<any> {
    const url = `${path}?fieldManager=${manager}`;
    const { status, body } = await this.call('PATCH', url, manifest, 'application/apply-patch+yaml');
    if (status > 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** A new namespace whose name starts with this. */
  async namespace(start: string): Promise<string> {
    const name = `${start}-${randomBytes(4).toString('hex')}`;
    await this.call('POST', '/api/v1/namespaces', { metadata: { name } });
    return name;
  }

  /** The service gets the rights of docs/targets.md. */
  async giveRights(): Promise<void> {
    const [, text = ''] = RIGHTS.exec(readFileSync(join(ROOT, 'docs/targets.md'), 'utf8')) ?? [];
    const role = parse(text) as { rules: object[] };
    const group = '/apis/rbac.authorization.k8s.io/v1';
    await this.apply('admin', `${group}/clusterroles/${SERVICE}`, role);
    await this.apply('admin', `${group}/clusterrolebindings/${SERVICE}`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
      metadata: { name: SERVICE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: SERVICE },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: SERVICE }],
    });
  }
}
