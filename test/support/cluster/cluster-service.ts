import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import { type ClusterNode, MinioCluster } from './cluster.js';
import { pgliteDir } from '../database/database.js';
import { ADMIN_TOKEN, ADMIN_TOKENS, ask } from '../service/fleet.js';
import { type KbaseStub, startKbaseStub } from '../people/kbase.js';
import { type Credential, Prober } from '../access/probe.js';
import { type Answer, type Service, startService } from '../service/service.js';
import { newDatabase, type NewDatabase } from '../servers/worker-postgres.js';

/** A node that falls silent stops MinIO itself for a while, by the measure of minutes: no other node takes a write before. */
export const SILENT = { timeoutMs: 150_000, everyMs: 250 };
export const SOON = { timeoutMs: 60_000, everyMs: 100 };
export const homeOf = (user: string) => `users-warehouse/${user}/`;
export const sharedOf = (user: string) => `${homeOf(user)}shared/`;

/** Somebody's endless work; its end tells how often what was answered. */
interface Crowd {
  end: () => Promise<Record<string, number>>;
}

/** Four nodes of MinIO, a service that knows them all, and people who may log in. */
export class ClusterService {
  readonly #probers: Map<ClusterNode, Prober>;
  readonly #crowds: Crowd[] = [];
  #people = 0;

  private constructor(
    readonly cluster: MinioCluster,
    readonly service: Service,
    private readonly kbase: KbaseStub,
    private readonly database: NewDatabase,
    private readonly env: Record<string, string>,
  ) {
    this.#probers = new Map(cluster.nodes.map((node) => [node, new Prober(node.endpoint)]));
  }

  static async start(): Promise<ClusterService> {
    const [cluster, kbase, database] = await Promise.all([
      MinioCluster.start(),
      startKbaseStub({ tokens: ADMIN_TOKENS }),
      newDatabase(),
    ]);
    const endpoints = cluster.nodes.map(({ endpoint }) => endpoint);
    const env = {
      MINIO_ENDPOINT: endpoints[0] ?? '',
      MINIO_ADMIN_ENDPOINT: endpoints.join(','),
      MINIO_NODE_ENDPOINTS: endpoints.join(','),
      MINIO_ROOT_USER: cluster.accessKey,
      MINIO_ROOT_PASSWORD: cluster.secretKey,
      KBASE_AUTH_URL: kbase.url,
      KBASE_ADMIN_ROLES: 'LAKE_ADMIN',
      RATE_LIMIT_CREDENTIALS: '0',
      RATE_LIMIT_WRITES: '0',
      SWEEP_INTERVAL_SECONDS: '0',
      LOG_LEVEL: 'warn',
    };
    try {
      const service = await startService({ env: { ...env, ...database.env } });
      return new ClusterService(cluster, service, kbase, database, env);
    } catch (error) {
      await Promise.all([cluster.remove(), kbase.stop(), database.remove()]);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.service.kill();
    for (const prober of this.#probers.values()) await prober.close();
    await Promise.all([this.cluster.remove(), this.kbase.stop(), this.database.remove()]);
  }

  /** A service with a database of its own that knows these nodes only. */
  another(nodes: readonly ClusterNode[]): Promise<Service> {
    const endpoints = nodes.map(({ endpoint }) => endpoint).join(',');
    const known = { MINIO_ADMIN_ENDPOINT: endpoints, MINIO_NODE_ENDPOINTS: endpoints };
    return startService({ env: { ...this.env, ...known, DATA_DIR: pgliteDir() } });
  }

  /** What the doctor says of the nodes. */
  async doctor(service = this.service): Promise<{ verdict: string; detail: string }> {
    const { body } = await service.request('GET', '/admin/doctor', { token: ADMIN_TOKEN });
    return body.checks.find(({ name }: { name: string }) => name === 'minio_nodes');
  }

  get nodes(): readonly ClusterNode[] {
    return this.cluster.nodes;
  }

  /** What each case begins with: four nodes that serve, and a service that has told them everything. */
  async whole(): Promise<void> {
    await this.cluster.whole();
    const warm = this.person('warm');
    await this.comesIn(warm, SILENT);
    await this.toldEverything(warm);
  }

  /** What each case ends with. */
  async calm(): Promise<void> {
    for (const crowd of this.#crowds.splice(0)) await crowd.end();
  }

  /** A name that nobody has had yet; the person may log in. */
  person(prefix: string): string {
    const name = `${prefix}_${(this.#people += 1)}`;
    this.kbase.setToken(`token-of-${name}`, { user: name });
    return name;
  }

  others(gone: ClusterNode): ClusterNode[] {
    return this.nodes.filter((node) => node !== gone);
  }

  numbers(nodes: readonly ClusterNode[]): number[] {
    return nodes.map((node) => this.nodes.indexOf(node) + 1);
  }

  /** Whether the node lets them read it. Throws when it does not answer. */
  reads(node: ClusterNode, as: Credential, key: string): Promise<boolean> {
    return (this.#probers.get(node) as Prober).ask({ as, action: 'read', key });
  }

  /** At which of the nodes the credential reads the key, by number. */
  async livesAt(as: Credential, key: string, nodes: readonly ClusterNode[] = this.nodes): Promise<number[]> {
    const lives = await Promise.all(nodes.map((node) => this.reads(node, as, key)));
    return this.numbers(nodes.filter((_, at) => lives[at]));
  }

  /** The status that the end of somebody's sessions is answered with. */
  async ends(user: string): Promise<number> {
    return (await ask.endSessions(this.service, user)).status;
  }

  /** No node has anything left to hear of. */
  toldEverything(user: string): Promise<boolean> {
    return waitFor('every node to be told', async () => (await this.ends(user)) === 204, SILENT);
  }

  async comesIn(user: string, options: typeof SOON): Promise<Credential> {
    const tries = async () => {
      const { status, body } = await ask.pair(this.service, user);
      if (status !== 503 && status > 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
      return status === 503 ? undefined : (body as Credential);
    };
    return waitFor(`the login of ${user}`, tries, options);
  }

  /** Asks until it is done, or kept to be done. */
  async takesAway(what: string, act: () => Promise<Answer>, options = SILENT): Promise<Answer> {
    let last: Answer | undefined;
    const tries = async () => {
      last = await act();
      return [200, 202, 204].includes(last.status) ? last : undefined;
    };
    return waitFor(what, tries, options).catch((error: Error) => {
      throw new Error(`${error.message}, ${last?.status} ${JSON.stringify(last?.body)}`);
    });
  }

  /** Someone who logs in all the time: how often what was answered. */
  load(user: string): Crowd {
    let running = true;
    const counts: Record<string, number> = {};
    const count = (what: string, { status }: Answer) =>
      (counts[`${what} ${status}`] = (counts[`${what} ${status}`] ?? 0) + 1);
    const work = async (): Promise<void> => {
      while (running) {
        count('pair', await ask.pair(this.service, user, { rotate: false }));
        count('session', await ask.session(this.service, user));
        await sleep(250);
      }
    };
    const done = work();
    const end = async () => {
      running = false;
      await done;
      return counts;
    };
    this.#crowds.push({ end });
    return { end };
  }

  /** The node that the service names as the one in use. */
  async inUse(): Promise<ClusterNode> {
    const text = String((await this.service.request('GET', '/metrics')).body);
    const found = this.nodes.find(({ endpoint }) =>
      text.includes(`minio_node_in_use{endpoint="${endpoint}"} 1`),
    );
    if (!found) throw new Error(`no node is in use:\n${text}`);
    return found;
  }
}
