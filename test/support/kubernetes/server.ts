import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isRunning, spawnTied, stopChild, waitFor } from '../../../scripts/child.mjs';
import { Cluster, SERVICE } from '../../../scripts/demo/kubernetes/cluster.mjs';
import {
  ADMIN,
  apiServerArguments,
  etcdArguments,
  findEtcd,
  findKubeApiServer,
  missingForKubernetes,
} from '../../../scripts/servers/kubernetes.mjs';
import { runDir, tempDir } from '../service/temp.js';
import { secretFile } from '../workflows/steps.js';

/** A limit for `beforeAll`: the first suite on a new machine waits until the API server is built. */
export const KUBERNETES_START_MS = 45 * 60_000;
/** Where the server of this process is written down: each suite has modules of its own. */
const NOTE = join(runDir(), `kubernetes-of-${process.pid}.json`);

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
  const tokens = { [adminToken]: ADMIN, [serviceToken]: SERVICE };
  launch(binary, apiServerArguments({ dir, etcd: client, port, tokens }));
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

const newToken = () => randomBytes(20).toString('hex');

/** A running API server, as an administrator sees it. */
export class Kubernetes extends Cluster {
  readonly serviceToken: string;
  readonly #adminToken: string;

  constructor({ port, caFile, adminToken, serviceToken }: Started) {
    super({ address: `https://127.0.0.1:${port}`, caFile, adminToken });
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
}
