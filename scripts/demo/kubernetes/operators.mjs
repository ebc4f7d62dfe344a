// What operators and controllers would say, on an API server without nodes.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { APPLICATION, pathOfKind, POSTGRESQL, VAULT_STATIC_SECRET } from './kinds.mjs';

const ROUND_MS = 300;

/**
 * Does what operators do with what they are asked for. There are no nodes on which a real one could run, so this says what they would write:
 * the status of an object, and the login that they make for a database.
 */
export class PlayedOperators {
  /** Namespaces that end when they are removed; others stay as they are. */
  ending = new Set();
  #cluster;
  #all;
  #ended = false;
  #loop;

  /**
   * `allNamespaces`: each one ends when it is removed.
   * @param {import('./cluster.mjs').Cluster} cluster
   */
  constructor(cluster, { allNamespaces = false } = {}) {
    this.#cluster = cluster;
    this.#all = allNamespaces;
    this.#loop = this.#play();
  }

  async stop() {
    this.#ended = true;
    await this.#loop;
  }

  async #play() {
    while (!this.#ended) {
      // a server that is away for a moment is there in the next round
      await this.#round().catch(() => undefined);
      await sleep(ROUND_MS);
    }
  }

  async #round() {
    for (const { metadata } of await this.#without(APPLICATION)) await this.#deploy(metadata);
    for (const each of await this.#without(VAULT_STATIC_SECRET)) await this.#synchronize(each);
    for (const { metadata } of await this.#without(POSTGRESQL)) await this.#runPostgres(metadata);
    for (const each of await this.#leaving()) await finalize(this.#cluster, each);
  }

  /** The objects of a kind that have no status yet. */
  async #without(kind) {
    const { items = [] } = (await this.#cluster.read(pathOfKind(kind))) ?? {};
    return items.filter(({ status }) => status === undefined);
  }

  async #leaving() {
    if (!this.#all) return this.ending;
    const { items } = await this.#cluster.read('/api/v1/namespaces');
    return items.map(({ metadata }) => metadata.name);
  }

  /** The Vault Secrets Operator, which would also write the Secret. */
  async #synchronize({ metadata: { namespace, name, generation } }) {
    const condition = {
      ...{ type: 'SecretSynced', status: 'True', reason: 'Synced', message: 'no operator runs here' },
      ...{ lastTransitionTime: new Date().toISOString(), observedGeneration: generation },
    };
    await this.#setStatus(`${pathOfKind(VAULT_STATIC_SECRET, namespace, name)}/status`, {
      ...{ lastGeneration: generation, conditions: [condition] },
    });
  }

  /** Zalando's: the login first, and then the status. */
  async #runPostgres({ namespace, name }) {
    await writeLogin(this.#cluster, namespace, name, randomBytes(24).toString('hex'));
    const path = `${pathOfKind(POSTGRESQL, namespace, name)}/status`;
    await this.#setStatus(path, { PostgresClusterStatus: 'Running' });
  }

  async #setStatus(path, status) {
    await this.#cluster.call('PATCH', path, { status }, 'application/merge-patch+json');
  }

  /** ArgoCD. */
  async #deploy({ namespace, name }) {
    const status = { sync: { status: 'Synced' }, health: { status: 'Healthy' } };
    await this.#setStatus(pathOfKind(APPLICATION, namespace, name), status);
  }
}

/**
 * What the controller of namespaces does in the end with one that is being removed; what is in it stays in the database of the server.
 * @param {import('./cluster.mjs').Cluster} cluster @param {string} namespace
 */
export async function finalize(cluster, namespace) {
  const path = `/api/v1/namespaces/${namespace}`;
  const found = await cluster.read(path);
  if (found?.status.phase !== 'Terminating') return;
  await cluster.call('PUT', `${path}/finalize`, { ...found, spec: { finalizers: [] } });
}

/**
 * The Secret that Zalando's operator writes for the user `app` of a PostgreSQL, with this password.
 * @param {import('./cluster.mjs').Cluster} cluster @param {string} namespace @param {string} postgres @param {string} password
 */
export async function writeLogin(cluster, namespace, postgres, password) {
  const name = `app.${postgres}.credentials.postgresql.acid.zalan.do`;
  await cluster.apply('postgres-operator', `/api/v1/namespaces/${namespace}/secrets/${name}`, {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name } },
    stringData: { username: 'app', password },
  });
}
