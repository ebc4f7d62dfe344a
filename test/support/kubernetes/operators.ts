import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { APPLICATION, pathOfKind, POSTGRESQL, VAULT_STATIC_SECRET } from './custom-resources.js';
import type { Kubernetes } from './server.js';

/**
 * Does what operators do with what they are asked for. There are no nodes on which a real one could run, so the tests say what they would write:
 * the status of an object, and the Secret that they make for it.
 */
export class PlayedOperators {
  /** Namespaces that end when they are removed; others stay as they are without a controller. */
  readonly ending = new Set<string>();
  #ended = false;
  readonly #loop: Promise<void>;

  constructor(private readonly kubernetes: Kubernetes) {
    this.#loop = this.play();
  }

  async stop(): Promise<void> {
    this.#ended = true;
    await this.#loop;
  }

  private async play(): Promise<void> {
    while (!this.#ended) {
      for (const { metadata } of await this.without(APPLICATION)) await this.deploy(metadata);
      for (const each of await this.without(VAULT_STATIC_SECRET)) await this.synchronize(each);
      for (const { metadata } of await this.without(POSTGRESQL)) await this.runPostgres(metadata);
      for (const each of this.ending) await finalize(this.kubernetes, each);
      await sleep(300);
    }
  }

  /** The objects of a kind that have no status yet. */
  private async without(kind: Parameters<typeof pathOfKind>[0]): Promise<any[]> {
    const { items = [] } = (await this.kubernetes.read(pathOfKind(kind))) ?? {};
    return items.filter(({ status }: any) => status === undefined);
  }

  /** The Vault Secrets Operator, which would also write the Secret. */
  private async synchronize({ metadata: { namespace, name, generation } }: any): Promise<void> {
    const condition = {
      ...{ type: 'SecretSynced', status: 'True', reason: 'Synced', message: 'played by a test' },
      ...{ lastTransitionTime: new Date().toISOString(), observedGeneration: generation },
    };
    await this.setStatus(`${pathOfKind(VAULT_STATIC_SECRET, namespace, name)}/status`, {
      ...{ lastGeneration: generation, conditions: [condition] },
    });
  }

  /** Zalando's: the login first, and then the status. */
  private async runPostgres({ namespace, name }: { namespace: string; name: string }): Promise<void> {
    await writeLogin(this.kubernetes, namespace, name, randomBytes(24).toString('hex'));
    const path = `${pathOfKind(POSTGRESQL, namespace, name)}/status`;
    await this.setStatus(path, { PostgresClusterStatus: 'Running' });
  }

  private async setStatus(path: string, status: object): Promise<void> {
    await this.kubernetes.call('PATCH', path, { status }, 'application/merge-patch+json');
  }

  /** ArgoCD. */
  private async deploy({ namespace, name }: { namespace: string; name: string }): Promise<void> {
    const status = { sync: { status: 'Synced' }, health: { status: 'Healthy' } };
    await this.setStatus(pathOfKind(APPLICATION, namespace, name), status);
  }
}

/** What the controller of namespaces does in the end with one that is being removed; what is in it stays in the database of the server. */
export async function finalize(kubernetes: Kubernetes, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  const found = await kubernetes.read(path);
  if (found?.status.phase !== 'Terminating') return;
  await kubernetes.call('PUT', `${path}/finalize`, { ...found, spec: { finalizers: [] } });
}

/** The Secret that Zalando's operator writes for the user `app` of a cluster, with this password. */
export async function writeLogin(
  kubernetes: Kubernetes,
  namespace: string,
  cluster: string,
  password: string,
): Promise<void> {
  const name = `app.${cluster}.credentials.postgresql.acid.zalan.do`;
  await kubernetes.apply('postgres-operator', `/api/v1/namespaces/${namespace}/secrets/${name}`, {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name } },
    stringData: { username: 'app', password },
  });
}
