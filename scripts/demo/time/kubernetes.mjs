// The API server of Kubernetes beside the demo, with its etcd. It has no nodes: nothing runs in it, and what operators would say is played.
// It is not built for the demo, which would take minutes: it is there already, or left out.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitFor } from '../../child.mjs';
import { ownsPort } from '../../port-owner.mjs';
import {
  ADMIN,
  apiServerArguments,
  etcdArguments,
  findEtcd,
  findKubeApiServer,
  isBuilt,
  missingForKubernetes,
} from '../../servers/kubernetes.mjs';
import { Cluster, SERVICE } from '../kubernetes/cluster.mjs';
import { CUSTOM_KINDS, installKinds } from '../kubernetes/kinds.mjs';
import { PlayedOperators } from '../kubernetes/operators.mjs';
import { acceptLogins } from '../kubernetes/vault-logins.mjs';
import { choosePort } from '../settings.mjs';
import { Part, writePrivate } from './part.mjs';

/** How long the vault may ask about logins; each start begins anew. */
const REVIEW_SECONDS = 30 * 86_400;

/** Where everything of the cluster is. */
class EtcdPart extends Part {
  name = 'etcd';
}

export class KubernetesPart extends Part {
  name = 'Kubernetes';
  optional = true;
  #dir;
  #etcd = new EtcdPart();
  /** @type {PlayedOperators | undefined} */
  #operators;

  /** @param {string} dataDir absolute */
  constructor(dataDir) {
    super();
    this.#dir = join(dataDir, 'kubernetes');
  }

  get url() {
    return `https://127.0.0.1:${this.port}`;
  }

  get target() {
    const token_file = join(this.#dir, 'service-token');
    return {
      name: 'cluster',
      kind: 'kubernetes',
      url: this.url,
      ca_file: this.caFile,
      token_file,
      teams: 'all',
    };
  }

  get caFile() {
    return join(this.#dir, 'certs', 'apiserver.crt');
  }

  /** Where people find the token that may do everything. */
  get keysFile() {
    return join(this.#dir, 'admin-token');
  }

  lacks() {
    if (process.env.KUBE_APISERVER_BINARY || isBuilt()) return missingForKubernetes();
    const missing = missingForKubernetes();
    return (
      missing ??
      'its API server is not built on this machine. Build it once, in six to thirty minutes: node scripts/servers/kubernetes.mjs'
    );
  }

  async answers() {
    return this.#cluster.isReady();
  }

  isRunning() {
    return super.isRunning() && this.#etcd.isRunning();
  }

  async start(say) {
    const lacks = this.lacks();
    if (lacks !== undefined) throw new Error(lacks);
    const [binary, etcd, dir] = [await findKubeApiServer(), findEtcd() ?? '', this.#dir];
    say(`Starting the API server of Kubernetes (${binary}) ...`);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.port = await choosePort('DEMO_KUBERNETES_PORT', process.env.DEMO_KUBERNETES_PORT, 6443, say);
    const [client, peer] = [await freePort(), await freePort()];
    const options = { env: { PATH: process.env.PATH ?? '', HOME: dir }, cwd: dir };
    this.#etcd.spawn(etcd, etcdArguments(dir, client, peer), options);
    const tokens = { [tokenIn(this.keysFile)]: ADMIN, [tokenIn(this.target.token_file)]: SERVICE };
    const args = apiServerArguments({ dir, etcd: client, port: this.port, tokens });
    this.spawn(binary, args, options);
    await waitFor('the API server of Kubernetes', async () => {
      this.requireRunning();
      return existsSync(this.caFile) && (await this.#cluster.isReady()) && ownsPort(this.pid, this.port);
    });
    await this.#cluster.giveRights();
    await installKinds(this.#cluster, CUSTOM_KINDS);
    this.#operators = new PlayedOperators(this.#cluster, { allNamespaces: true });
  }

  /** Service accounts of the cluster may log in at the vault. @param {import('./openbao.mjs').OpenBaoPart} vault */
  async introduceTo(vault) {
    await vault.acceptMethod('kubernetes');
    await acceptLogins((method, path, body) => vault.ask(method, path, body), this.#cluster, REVIEW_SECONDS);
  }

  async stop() {
    await this.#operators?.stop();
    this.#operators = undefined;
    await super.stop();
    await this.#etcd.stop();
  }

  get #cluster() {
    return new Cluster({ address: this.url, caFile: this.caFile, adminToken: tokenIn(this.keysFile) });
  }
}

/** Stays the same for a folder. */
function tokenIn(file) {
  if (!existsSync(file)) writePrivate(file, randomBytes(20).toString('hex'));
  return readFileSync(file, 'utf8');
}
